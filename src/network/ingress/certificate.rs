//! What a certificate says of itself: the names that it is for, and whether it signed itself.

use super::covers;
use crate::base::{Str, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A certificate, as far as clients look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The DNS names that it is for: the subject's alternative names, or its common name.
    pub names: Vec<Str>,
    /// Whether its issuer is its subject.
    pub self_signed: bool,
}

impl Certificate {
    /// Whether it is for a host, or is the one for all hosts that a rule with a `*` means.
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| covers(name, host) || name.eq_ignore_ascii_case(host))
    }

    /// Reads the one of a Secret. `None` when the Secret holds none at all, `Some(None)` when what it holds is none.
    pub fn of_secret(secret: &Value) -> Option<Option<Certificate>> {
        let data = |name: &str| {
            let plain = secret
                .pointer("/stringData")
                .and_then(|data| data.get(name))
                .and_then(Value::as_str)
                .map(str::to_owned);
            let coded = secret.pointer("/data").and_then(|data| data.get(name)).and_then(Value::as_str);
            plain.or_else(|| String::from_utf8(STANDARD.decode(coded?).ok()?).ok())
        };
        let pem = data("tls.crt")?;
        Some(data("tls.key").filter(|key| key.contains("-----BEGIN")).and_then(|_| Certificate::of_pem(&pem)))
    }

    /// Reads the first certificate of a PEM file.
    pub fn of_pem(pem: &str) -> Option<Certificate> {
        let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        Certificate::of_der(&der)
    }

    /// RFC 5280: version, serial number, algorithm, issuer, validity, subject, key, extensions.
    fn of_der(der: &[u8]) -> Option<Certificate> {
        let inner = Part::first(Part::first(der)?.body)?.body;
        let parts: Vec<Part<'_>> = Part::all(inner).collect();
        let fields = if parts.first()?.tag == 0xa0 { parts.get(1..)? } else { &parts[..] };
        let (issuer, subject) = (fields.get(2)?, fields.get(4)?);
        // subjectAltName is 2.5.29.17, commonName 2.5.4.3.
        let extensions = fields.iter().find(|part| part.tag == 0xa3).and_then(|part| Part::first(part.body));
        let alternative = extensions.into_iter().flat_map(|list| Part::all(list.body)).find_map(|extension| {
            let holds = Part::first(extension.body)?.body == [0x55, 0x1d, 0x11];
            Part::all(extension.body).last().filter(|_| holds)
        });
        let mut names: Vec<Str> = alternative
            .and_then(|octets| Part::first(octets.body))
            .into_iter()
            .flat_map(|list| Part::all(list.body))
            .filter(|name| name.tag == 0x82)
            .filter_map(|name| std::str::from_utf8(name.body).ok().map(Str::from))
            .collect();
        if names.is_empty() {
            let common = Part::all(subject.body).filter_map(|set| Part::first(set.body)).find_map(|pair| {
                let holds = Part::first(pair.body)?.body == [0x55, 0x04, 0x03];
                Part::all(pair.body).last().filter(|_| holds)
            });
            names.extend(common.and_then(|name| std::str::from_utf8(name.body).ok()).map(Str::from));
        }
        Some(Certificate { names, self_signed: issuer.body == subject.body })
    }
}

/// A value of DER: its tag and what is in it.
#[derive(Clone, Copy)]
struct Part<'a> {
    tag: u8,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// The first value, and what follows it.
    fn take(bytes: &'a [u8]) -> Option<(Part<'a>, &'a [u8])> {
        let (tag, length, rest) = (*bytes.first()?, usize::from(*bytes.get(1)?), bytes.get(2..)?);
        let (length, rest) = match length.checked_sub(0x80) {
            None => (length, rest),
            Some(count) => {
                let digits = rest.get(..count).filter(|_| count <= 4)?;
                (digits.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest.get(count..)?)
            }
        };
        Some((Part { tag, body: rest.get(..length)? }, rest.get(length..)?))
    }

    fn first(bytes: &'a [u8]) -> Option<Part<'a>> {
        Part::take(bytes).map(|(part, _)| part)
    }

    fn all(mut bytes: &'a [u8]) -> impl Iterator<Item = Part<'a>> {
        std::iter::from_fn(move || {
            let (part, rest) = Part::take(bytes)?;
            bytes = rest;
            Some(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_issuers() {
        // Made with `openssl req -x509 -newkey ec -subj /CN=foo.example.com [-addext subjectAltName=DNS:a,DNS:*.b]`.
        let table = [
            (include_str!("../../../tests/routing/cn.pem"), "foo.example.com"),
            (include_str!("../../../tests/routing/san.pem"), "shop.example.com, *.shop.example.com"),
        ];
        for (pem, names) in table {
            let found = Certificate::of_pem(pem).unwrap();
            assert_eq!((found.names.join(", ").as_str(), found.self_signed), (names, true));
        }
        let san = Certificate::of_pem(table[1].0).unwrap();
        for (host, fits) in [("shop.example.com", true), ("a.shop.example.com", true), ("a.b.shop.example.com", false)]
        {
            assert_eq!(san.covers(host), fits, "{host}");
        }
        for bad in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            assert_eq!(Certificate::of_pem(bad), None);
        }
    }
}
