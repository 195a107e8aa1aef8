//! Certificate signing requests, as far as their subject: who wants the certificate.
//!
//! Models `crypto/x509.ParseCertificateRequest` (RFC 2986) and `k8s.io/client-go/util/certificate/csr.ParseCSR`.

use crate::base::base64;
use std::collections::BTreeMap;

/// A distinguished name: values by the last number of their kind (`2.5.4.n`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    values: BTreeMap<u8, Vec<String>>,
}

/// Kinds of values.
pub const COMMON_NAME: u8 = 3;
/// See [`COMMON_NAME`].
pub const SERIAL_NUMBER: u8 = 5;
/// The kinds that `kubectl describe` lists, with its titles.
pub const LISTED: [(u8, &str); 7] = [
    (10, "Organization"),
    (11, "Organizational Unit"),
    (6, "Country"),
    (7, "Locality"),
    (8, "Province"),
    (9, "StreetAddress"),
    (17, "PostalCode"),
];

impl Subject {
    /// Reads the subject of a request: base64 of a PEM block, as `spec.request` has it.
    ///
    /// Errors: Go's words for what the text is not.
    pub fn of_request(request: &str) -> Result<Subject, &'static str> {
        const NO_BLOCK: &str = "PEM block type must be CERTIFICATE REQUEST";
        const MALFORMED: &str = "asn1: structure error: malformed certificate request";
        let pem = String::from_utf8(base64::decode(request)).map_err(|_| NO_BLOCK)?;
        let (_, body) = pem.split_once("-----BEGIN CERTIFICATE REQUEST-----").ok_or(NO_BLOCK)?;
        let (body, _) = body.split_once("-----END CERTIFICATE REQUEST-----").ok_or(NO_BLOCK)?;
        Subject::of_der(&base64::decode(body)).ok_or(MALFORMED)
    }

    /// `CertificationRequest { info { version, subject, … }, … }`
    fn of_der(der: &[u8]) -> Option<Subject> {
        let (_, request, _) = element(der)?;
        let (_, info, _) = element(request)?;
        let (_, _version, rest) = element(info)?;
        let (_, mut names, _) = element(rest)?;
        let mut subject = Subject::default();
        while !names.is_empty() {
            let (_, mut set, rest) = element(names)?;
            names = rest;
            while !set.is_empty() {
                let (_, pair, rest) = element(set)?;
                set = rest;
                let (_, kind, value) = element(pair)?;
                let (_, text, _) = element(value)?;
                if let [0x55, 0x04, kind] = kind {
                    subject.values.entry(*kind).or_default().push(String::from_utf8_lossy(text).into_owned());
                }
            }
        }
        Some(subject)
    }

    /// The values of a kind.
    pub fn all(&self, kind: u8) -> &[String] {
        self.values.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The last value of a kind, which counts where there may be one.
    pub fn one(&self, kind: u8) -> &str {
        self.all(kind).last().map_or("", String::as_str)
    }
}

/// The first element of DER text: its tag, its content, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let count = length - 0x80;
        if count > 4 {
            return None;
        }
        length = 0;
        for byte in rest.get(..count)? {
            length = length << 8 | usize::from(*byte);
        }
        rest = rest.get(count..)?;
    }
    Some((*tag, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects() {
        let name = |kind: u8, text: &str| {
            let pair = [&[0x06, 3, 0x55, 0x04, kind, 0x0c, text.len() as u8], text.as_bytes()].concat();
            let pair = [&[0x30, pair.len() as u8][..], &pair].concat();
            [&[0x31, pair.len() as u8][..], &pair].concat()
        };
        let names = [name(10, "devs"), name(10, "ops"), name(3, "jane")].concat();
        let info = [&[0x02, 1, 0, 0x30, names.len() as u8][..], &names].concat();
        let info = [&[0x30, info.len() as u8][..], &info].concat();
        let request = [&[0x30, 0x81, info.len() as u8][..], &info].concat();
        let pem = |title: &str, body: &[u8]| {
            let body = base64::encode(body);
            base64::encode(format!("-----BEGIN {title}-----\n{body}\n-----END {title}-----\n").as_bytes())
        };
        let subject = Subject::of_request(&pem("CERTIFICATE REQUEST", &request)).unwrap();
        assert_eq!((subject.one(COMMON_NAME), subject.all(10)), ("jane", &["devs".to_owned(), "ops".to_owned()][..]));
        assert_eq!(Subject::of_request("abc"), Err("PEM block type must be CERTIFICATE REQUEST"));
        assert!(Subject::of_request(&pem("CERTIFICATE", &request)).is_err());
        for length in 0..request.len() {
            // What is cut off is no request, or one whose subject is whole; and nothing panics.
            let _ = Subject::of_request(&pem("CERTIFICATE REQUEST", &request[..length]));
        }
    }
}
