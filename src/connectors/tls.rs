//! TLS for every connector: one rustls configuration, one provider, the system's authorities or those of a file.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Makes the configuration of a TLS client: trusts the authorities of `ca_file` alone, or the system's without one.
///
/// Fails in words that say what to do when the file cannot be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let Some(path) = ca_file else {
        return Ok(builder
            .with_platform_verifier()
            .map_err(|error| {
                format!("the system's certificate authorities cannot be used ({error}): set ca_file")
            })?
            .with_no_client_auth());
    };
    let unreadable = |problem: String| {
        format!(
            "the ca_file {} {problem}: give a PEM file of certificates",
            path.display()
        )
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)
        .map_err(|error| unreadable(format!("cannot be read ({error})")))?
    {
        let certificate = certificate.map_err(|error| unreadable(format!("is damaged ({error})")))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(format!("holds a certificate that is refused ({error})")))?;
    }
    if roots.is_empty() {
        return Err(unreadable("holds no certificate".to_owned()));
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
