//! All state of a cluster. Cloning it is cheap: maps are persistent and leaves are shared.

use super::config::ClusterConfig;
use crate::apiserver::{ApiConfig, ApiServer};
use crate::base::time::SimTime;
use crate::controllers::runtime::{Controller, Queue};
use std::rc::Rc;

/// Everybody who reacts to changes, in the order in which they run.
#[derive(Clone)]
pub struct Controllers {}

impl Controllers {
    /// The controllers of a cluster.
    pub fn new(config: &ClusterConfig) -> Controllers {
        let _ = config;
        Controllers {}
    }

    /// All of them; a controller's place is its [`ControllerId`](crate::controllers::runtime::ControllerId).
    pub fn all(&mut self) -> Vec<&mut dyn Controller> {
        Vec::new()
    }
}

/// A cluster at a moment.
#[derive(Clone)]
pub struct World {
    /// What it was made of.
    pub config: Rc<ClusterConfig>,
    /// The API server and its store.
    pub api: ApiServer,
    /// Who reacts to changes.
    pub controllers: Controllers,
    /// What waits to be looked at.
    pub queue: Queue,
    /// The time.
    pub now: SimTime,
    /// The revision up to which controllers have seen changes.
    pub(super) observed: u64,
}

impl World {
    /// An empty cluster; [`super::Engine::new`] fills it.
    pub(super) fn new(config: ClusterConfig) -> World {
        let api = ApiServer::new(ApiConfig {
            seed: config.seed,
            service_cidr: config.service_cidr,
            node_ports: config.node_ports,
        });
        World {
            controllers: Controllers::new(&config),
            config: Rc::new(config),
            api,
            queue: Queue::default(),
            now: SimTime::ZERO,
            observed: 0,
        }
    }
}
