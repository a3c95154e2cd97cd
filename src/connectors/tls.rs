//! TLS for every connector: one provider, and trust in either the system's authorities or those of one file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of authorities cannot be read or is not PEM.
    #[error("the authorities in {path} cannot be read: {reason}; `ca_file` must name a PEM file")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The client certificate or its key cannot be read or is not PEM.
    #[error(
        "the client certificate in {path} cannot be used: {reason}; `client_certificate` and `client_key` must name PEM files"
    )]
    Identity {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
}

/// Makes the configuration of a client that trusts the system's authorities, or only those in `ca_file` (PEM).
/// With `pinned`, a certificate must be for that name, whatever name the connection was opened with. With `identity`,
/// the files of a certificate and its key (PEM), the client shows who it is.
pub fn client_config(
    ca_file: Option<&Path>,
    pinned: Option<ServerName<'static>>,
    identity: Option<(&Path, &Path)>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let setup = |error: &dyn std::fmt::Display| TlsError::Setup(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match ca_file {
        Some(path) => {
            WebPkiServerVerifier::builder_with_provider(authorities(path)?.into(), provider.clone())
                .build()
                .map_err(|error| setup(&error))?
        }
        None => Arc::new(
            rustls_platform_verifier::Verifier::new(provider.clone()).map_err(|error| setup(&error))?,
        ),
    };
    let sni = pinned.is_none();
    let verifier = match pinned {
        Some(name) => Arc::new(Pinned { verifier, name }),
        None => verifier,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let unusable = |path: &Path, reason: String| TlsError::Identity {
                path: path.to_owned(),
                reason,
            };
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| unusable(certificate, error.to_string()))?;
            if chain.is_empty() {
                return Err(unusable(certificate, "there is no certificate in it".to_owned()));
            }
            let secret =
                PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
            builder
                .with_client_auth_cert(chain, secret)
                .map_err(|error| unusable(certificate, error.to_string()))?
        }
    };
    config.enable_sni = sni;
    Ok(Arc::new(config))
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let fail = |reason: String| TlsError::CaFile {
        path: path.to_owned(),
        reason,
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))? {
        let certificate = certificate.map_err(|error| fail(error.to_string()))?;
        store.add(certificate).map_err(|error| fail(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(fail("there is no certificate in it".to_owned()));
    }
    Ok(store)
}

/// Verifies certificates for one name, for connections that can only be opened under another.
#[derive(Debug)]
struct Pinned {
    verifier: Arc<dyn ServerCertVerifier>,
    name: ServerName<'static>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_or_a_file_is_trusted() {
        assert!(client_config(None, None, None).is_ok());
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = client_config(Some(file.path()), None, None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("no certificate in it"), "{error}");
        let error = client_config(None, None, Some((file.path(), file.path())));
        assert!(matches!(error, Err(TlsError::Identity { .. })), "{error:?}");
        assert!(client_config(Some(Path::new("/nowhere.pem")), None, None).is_err());
    }
}
