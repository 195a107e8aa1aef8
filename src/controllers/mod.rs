//! Controllers: each looks at the objects that a key names and writes what is missing.
//!
//! A controller never learns *what* happened, only *which* object to look at ([`runtime::Controller`]): whatever was
//! missed, merged or repeated, the result is the same. Every controller of Kubernetes that is modelled has a folder or a
//! file here; pure arithmetic stands in files of its own, beside the sync that reads and writes. The scheduler and the
//! kubelet are controllers too and live in their own rooms. The loop that calls them is `sim::engine`.

pub mod certificate;
pub mod claim;
pub mod cronjob;
pub mod daemonset;
pub mod definition;
pub mod deployment;
pub mod endpoints;
pub mod endpointslice;
pub mod garbage;
pub mod job;
pub mod loadbalancer;
pub mod metallb;
pub mod namespace;
pub mod node;
pub mod owned;
pub mod pdb;
pub mod persistentvolume;
pub mod podautoscaler;
pub mod replicaset;
pub mod replicationcontroller;
pub mod revision;
pub mod runtime;
pub mod statefulset;
