//! Public keys of SSH and their signatures (RFC 4253, 5656, 8332, 8709; OpenSSH PROTOCOL.u2f).

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
        EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512,
        RsaPublicKeyComponents, UnparsedPublicKey,
    },
};

use super::wire::Wire;

/// The user touched the token (PROTOCOL.u2f, `SSH_SK_USER_PRESENCE_REQD`).
const PRESENT: u8 = 0x01;

/// A public key.
pub(super) enum PublicKey<'a> {
    Ed25519 {
        point: &'a [u8],
        /// Of a key in a hardware token.
        application: Option<&'a [u8]>,
    },
    Ecdsa {
        curve: Curve,
        point: &'a [u8],
        application: Option<&'a [u8]>,
    },
    Rsa {
        exponent: &'a [u8],
        modulus: &'a [u8],
    },
}

/// An elliptic curve.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    name: &'static str,
    algorithm: &'static EcdsaVerificationAlgorithm,
    /// Octets of a number.
    size: usize,
}

const CURVES: [Curve; 3] = [
    Curve {
        name: "nistp256",
        algorithm: &ECDSA_P256_SHA256_FIXED,
        size: 32,
    },
    Curve {
        name: "nistp384",
        algorithm: &ECDSA_P384_SHA384_FIXED,
        size: 48,
    },
    Curve {
        name: "nistp521",
        algorithm: &ECDSA_P521_SHA512_FIXED,
        size: 66,
    },
];

impl<'a> PublicKey<'a> {
    /// Reads a key; the error says why that cannot be done.
    pub(super) fn parse(blob: &'a [u8]) -> Result<Self, String> {
        let mut wire = Wire::new(blob);
        let kind = String::from_utf8_lossy(wire.string().unwrap_or_default()).into_owned();
        let key = match kind.as_str() {
            "ssh-ed25519" => Self::ed25519(&mut wire, false),
            "sk-ssh-ed25519@openssh.com" => Self::ed25519(&mut wire, true),
            "sk-ecdsa-sha2-nistp256@openssh.com" => Self::ecdsa(&mut wire, "nistp256", true),
            "ssh-rsa" => Self::rsa(&mut wire),
            other => match other.strip_prefix("ecdsa-sha2-") {
                Some(curve) => Self::ecdsa(&mut wire, curve, false),
                None => return Err(format!("keys of kind “{other}” are not supported")),
            },
        };
        key.filter(|_| wire.is_empty())
            .ok_or_else(|| format!("it is no proper key of kind “{kind}”"))
    }

    fn ed25519(wire: &mut Wire<'a>, in_token: bool) -> Option<Self> {
        Some(Self::Ed25519 {
            point: wire.string()?,
            application: if in_token { Some(wire.string()?) } else { None },
        })
    }

    fn ecdsa(wire: &mut Wire<'a>, name: &str, in_token: bool) -> Option<Self> {
        let curve = CURVES.into_iter().find(|curve| curve.name == name)?;
        if wire.string()? != name.as_bytes() {
            return None;
        }
        Some(Self::Ecdsa {
            curve,
            point: wire.string()?,
            application: if in_token { Some(wire.string()?) } else { None },
        })
    }

    fn rsa(wire: &mut Wire<'a>) -> Option<Self> {
        Some(Self::Rsa {
            exponent: wire.integer()?,
            modulus: wire.integer()?,
        })
    }

    /// Checks a signature; `None` if it is none of this kind of key.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> Option<bool> {
        let mut wire = Wire::new(signature);
        let kind = wire.string()?;
        let value = wire.string()?;
        match self {
            Self::Ed25519 { point, application } => {
                let expected: &[u8] = match application {
                    None => b"ssh-ed25519",
                    Some(_) => b"sk-ssh-ed25519@openssh.com",
                };
                let message = in_token(message, *application, &mut wire)?;
                if kind != expected || !wire.is_empty() {
                    return None;
                }
                Some(
                    UnparsedPublicKey::new(&ED25519, point)
                        .verify(&message, value)
                        .is_ok(),
                )
            }
            Self::Ecdsa {
                curve,
                point,
                application,
            } => {
                let expected = match application {
                    None => format!("ecdsa-sha2-{}", curve.name),
                    Some(_) => format!("sk-ecdsa-sha2-{}@openssh.com", curve.name),
                };
                let message = in_token(message, *application, &mut wire)?;
                if kind != expected.as_bytes() || !wire.is_empty() {
                    return None;
                }
                let mut numbers = Wire::new(value);
                let mut fixed = padded(numbers.integer()?, curve.size)?;
                fixed.extend(padded(numbers.integer()?, curve.size)?);
                let key = UnparsedPublicKey::new(curve.algorithm, point);
                numbers.is_empty().then(|| key.verify(&message, &fixed).is_ok())
            }
            Self::Rsa { exponent, modulus } => {
                let parameters = match kind {
                    b"rsa-sha2-512" => &RSA_PKCS1_2048_8192_SHA512,
                    b"rsa-sha2-256" => &RSA_PKCS1_2048_8192_SHA256,
                    _ => return None,
                };
                let key = RsaPublicKeyComponents {
                    n: *modulus,
                    e: *exponent,
                };
                let value = padded(value, modulus.len())?;
                wire.is_empty()
                    .then(|| key.verify(parameters, message, &value).is_ok())
            }
        }
    }
}

/// What a key in a token signs; without a token the message itself.
fn in_token(message: &[u8], application: Option<&[u8]>, wire: &mut Wire<'_>) -> Option<Vec<u8>> {
    let Some(application) = application else {
        return Some(message.to_vec());
    };
    let (flags, counter) = (wire.octet()?, wire.number()?);
    if flags & PRESENT == 0 {
        return None;
    }
    let mut signed = digest(&SHA256, application).as_ref().to_vec();
    signed.push(flags);
    signed.extend_from_slice(&counter.to_be_bytes());
    signed.extend_from_slice(digest(&SHA256, message).as_ref());
    Some(signed)
}

/// A number with leading zeros up to `size` octets; `None` if it is larger.
fn padded(number: &[u8], size: usize) -> Option<Vec<u8>> {
    let zeros = size.checked_sub(number.len())?;
    let mut out = vec![0; zeros];
    out.extend_from_slice(number);
    Some(out)
}
