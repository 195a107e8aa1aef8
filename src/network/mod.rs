//! How a request finds its way: names, virtual addresses, proxies, balancers, and the reasons when it does not arrive.
//!
//! Everything here is a **pure function** over a [`view::NetView`]: no request ever leaves the page, and a request that fails
//! still returns its whole way. It is not the place of the controllers that fill EndpointSlices, nor of the kubelet that
//! says what a container listens on: their results come in through the view.
//!
//! Start reading with [`route::trace`]; then [`rules`] (what kube-proxy would program), [`dns`] (what CoreDNS and the
//! resolver would say), [`policy`] (what NetworkPolicies allow), [`ingress`] (what an ingress controller makes of Ingresses), [`diagnose`] (why it failed and what to change) and [`programs`] (what curl and nslookup print).

pub mod addr;
pub mod diagnose;
pub mod dns;
pub mod ingress;
pub mod observer;
pub mod policy;
pub mod programs;
pub mod route;
pub mod rules;
pub mod view;
