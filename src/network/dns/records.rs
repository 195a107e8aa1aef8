//! DNS records and answers, printed as dig prints them.

use std::fmt;
use std::net::IpAddr;

/// The type of a question or record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Alias.
    Cname,
    /// Service location.
    Srv,
    /// Name of an address.
    Ptr,
    /// Text.
    Txt,
    /// Name server.
    Ns,
    /// Start of authority.
    Soa,
    /// Mail exchanger.
    Mx,
    /// Anything.
    Any,
}

impl Type {
    const ALL: [(Type, &'static str); 10] = [
        (Type::A, "A"),
        (Type::Aaaa, "AAAA"),
        (Type::Cname, "CNAME"),
        (Type::Srv, "SRV"),
        (Type::Ptr, "PTR"),
        (Type::Txt, "TXT"),
        (Type::Ns, "NS"),
        (Type::Soa, "SOA"),
        (Type::Mx, "MX"),
        (Type::Any, "ANY"),
    ];

    /// Reads a type name in any case.
    pub fn parse(text: &str) -> Option<Type> {
        Type::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(kind, _)| *kind)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Type::ALL.iter().find(|(kind, _)| kind == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

/// What a record says. Names end with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// `A` or `AAAA`.
    Address(IpAddr),
    /// `CNAME`.
    Cname(String),
    /// `SRV`, priority 0.
    Srv {
        /// Share of the connections.
        weight: u16,
        /// Port.
        port: u16,
        /// Name of the host.
        target: String,
    },
    /// `PTR`.
    Ptr(String),
    /// `TXT`.
    Txt(String),
    /// `NS`.
    Ns(String),
    /// `SOA`, in its text form.
    Soa(String),
}

impl Data {
    /// The type of the record that says this.
    pub fn kind(&self) -> Type {
        match self {
            Data::Address(IpAddr::V4(_)) => Type::A,
            Data::Address(IpAddr::V6(_)) => Type::Aaaa,
            Data::Cname(_) => Type::Cname,
            Data::Srv { .. } => Type::Srv,
            Data::Ptr(_) => Type::Ptr,
            Data::Txt(_) => Type::Txt,
            Data::Ns(_) => Type::Ns,
            Data::Soa(_) => Type::Soa,
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Address(ip) => write!(f, "{ip}"),
            Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) | Data::Soa(name) => f.write_str(name),
            Data::Srv { weight, port, target } => write!(f, "0 {weight} {port} {target}"),
            Data::Txt(text) => write!(f, "\"{text}\""),
        }
    }
}

/// A record; all have kubeadm's TTL of 30 seconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Its name, with a final dot.
    pub name: String,
    /// What it says.
    pub data: Data,
}

impl Record {
    /// The record `name` → `data`.
    pub fn new(name: &str, data: Data) -> Record {
        Record { name: name.to_owned(), data }
    }

    /// Time to live, in seconds.
    pub const TTL: u32 = 30;
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} {}", self.name, Record::TTL, self.data.kind(), self.data)
    }
}

/// The status of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rcode {
    /// The name exists (even if it has nothing of the type asked for).
    #[default]
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server could not find out.
    ServFail,
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rcode::NoError => "NOERROR",
            Rcode::NxDomain => "NXDOMAIN",
            Rcode::ServFail => "SERVFAIL",
        })
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Its status.
    pub rcode: Rcode,
    /// Whether the server owns the name (`aa`).
    pub authoritative: bool,
    /// Whether the server would look further (`ra`).
    pub recursion: bool,
    /// What was asked for.
    pub answer: Vec<Record>,
    /// The owner's record when there is no answer.
    pub authority: Vec<Record>,
    /// Addresses of names in the answer.
    pub additional: Vec<Record>,
    /// What the server itself had to ask outside: name, type, status.
    pub forwarded: Vec<(String, Type, Rcode)>,
}

impl Response {
    /// Whether the name exists but has nothing of the type asked for.
    pub fn is_nodata(&self) -> bool {
        self.rcode == Rcode::NoError && self.answer.is_empty()
    }

    /// The addresses in the answer.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answer.iter().filter_map(|record| match record.data {
            Data::Address(ip) => Some(ip),
            _ => None,
        })
    }
}
