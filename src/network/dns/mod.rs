//! Names: what a pod's resolv.conf says ([`resolv`]), what the resolver then asks ([`lookup`]), and what CoreDNS answers
//! ([`server`]).
//!
//! Models CoreDNS 1.13 with kubeadm's Corefile and the resolver of glibc.

pub mod lookup;
mod records;
pub mod resolv;
pub mod server;
mod upstream;

pub use records::{Data, Rcode, Record, Response, Type};
