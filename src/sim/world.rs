//! All state of a cluster. Cloning it is cheap: maps are persistent and leaves are shared.

use super::config::{ClusterConfig, ProxyMode, Surroundings};
use crate::api::kinds::Key;
use crate::apiserver::{ApiConfig, ApiServer, Because};
use crate::base::Str;
use crate::base::time::SimTime;
use crate::controllers::certificate::CertificateController;
use crate::controllers::cronjob::CronJobController;
use crate::controllers::daemonset::DaemonSetController;
use crate::controllers::definition::DefinitionController;
use crate::controllers::deployment::DeploymentController;
use crate::controllers::endpoints::EndpointsController;
use crate::controllers::endpointslice::{EndpointSliceController, MirroringController};
use crate::controllers::garbage::GarbageCollector;
use crate::controllers::job::{JobController, TtlController};
use crate::controllers::loadbalancer::LoadBalancerController;
use crate::controllers::metallb::MetalLb;
use crate::controllers::namespace::NamespaceController;
use crate::controllers::node::{NodeLifecycleController, PodGcController, TaintEvictionController};
use crate::controllers::pdb::DisruptionController;
use crate::controllers::persistentvolume::PersistentVolumeController;
use crate::controllers::podautoscaler::HorizontalController;
use crate::controllers::replicaset::ReplicaSetController;
use crate::controllers::replicationcontroller::ReplicationControllerController;
use crate::controllers::runtime::{Controller, ControllerId, Enqueue, Queue};
use crate::controllers::statefulset::StatefulSetController;
use crate::kubelet::Kubelet;
use crate::network::addr::Cidr;
use crate::network::ingress::controller::IngressController;
use crate::network::observer::{Network, block};
use crate::network::view as net;
use crate::scheduler::Scheduler;
use std::rc::Rc;

/// The range of Services' IPv6 addresses in a cluster with both families, as kind has it.
const SERVICES6: (std::net::Ipv6Addr, u8) = (std::net::Ipv6Addr::new(0xfd00, 0x10, 0x96, 0, 0, 0, 0, 0), 112);

/// What lies around them: pods' addresses as `seed` gives them to nodes, the bridge that kind's nodes are on, and an address
/// of the range for documentation.
fn second_family() -> net::SecondFamily {
    let ip = |segments: [u16; 8]| std::net::IpAddr::from(segments);
    net::SecondFamily {
        service_cidr: Cidr::of(SERVICES6.0.into(), SERVICES6.1),
        pod_cidr: Cidr::of(ip([0xfd00, 0x10, 0x244, 0, 0, 0, 0, 0]), 56),
        internet_ip: ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7]),
        laptop_ip: ip([0xfc00, 0xf853, 0xccd, 0xe793, 0, 0, 0, 1]),
        balancer_ip: ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xc8]),
    }
}

/// Everybody who reacts to changes, in the order in which they run.
#[derive(Clone)]
pub struct Controllers {
    /// Furnishes and empties namespaces.
    pub namespace: NamespaceController,
    /// Names and empties CustomResourceDefinitions.
    pub definition: DefinitionController,
    /// Collects garbage.
    pub garbage: GarbageCollector,
    /// Rolls templates out.
    pub deployment: DeploymentController,
    /// Keeps counts of pods.
    pub replica_set: ReplicaSetController,
    /// Keeps a pod on every node.
    pub daemon_set: DaemonSetController,
    /// Keeps pods with stable names.
    pub stateful_set: StatefulSetController,
    /// Runs pods to completion.
    pub job: JobController,
    /// Removes Jobs some time after their end.
    pub ttl: TtlController,
    /// Starts Jobs on time.
    pub cron_job: CronJobController,
    /// Keeps counts of pods, the old way.
    pub replication_controller: ReplicationControllerController,
    /// Counts how many pods may be evicted.
    pub disruption: DisruptionController,
    /// Scales workloads with their load.
    pub autoscaler: HorizontalController,
    /// Binds claims and volumes.
    pub persistent_volume: PersistentVolumeController,
    /// Puts pods on nodes.
    pub scheduler: Scheduler,
    /// Runs pods on their nodes.
    pub kubelet: Kubelet,
    /// Keeps slices.
    pub endpoint_slice: EndpointSliceController,
    /// Keeps Endpoints.
    pub endpoints: EndpointsController,
    /// Mirrors Endpoints that users write.
    pub mirroring: MirroringController,
    /// Makes load balancers, where there is a cloud.
    pub load_balancer: LoadBalancerController,
    /// Gives load balancers addresses of a pool, where there is no cloud.
    pub metallb: MetalLb,
    /// kube-proxy, and the network that requests travel.
    pub network: Network,
    /// Writes addresses and events of Ingresses, where their controller runs.
    pub ingress: IngressController,
    /// Notices nodes that fell silent.
    pub node_lifecycle: NodeLifecycleController,
    /// Removes pods that do not bear a taint.
    pub taint_eviction: TaintEvictionController,
    /// Removes pods whose node is gone.
    pub pod_gc: PodGcController,
    /// Signs certificates.
    pub certificate: CertificateController,
}

impl Controllers {
    /// The controllers of a cluster.
    pub fn new(config: &ClusterConfig) -> Controllers {
        let laptop = config.nodes.first().map_or(0, |node| u32::from(node.ip).saturating_sub(1));
        let kubelet = Kubelet::new(config.images_present, config.probes);
        let settings = net::ClusterConfig {
            service_cidr: block(config.service_cidr),
            pod_cidr: block(config.pod_cidr),
            dns_ip: config.dns_ip.into(),
            proxy_mode: match config.proxy_mode {
                ProxyMode::Iptables => net::ProxyMode::Iptables,
                ProxyMode::Nftables => net::ProxyMode::Nftables,
            },
            balancers: config.cloud || !config.pool.is_empty(),
            layer2: !config.cloud && !config.pool.is_empty(),
            surroundings: match config.surroundings {
                Surroundings::Open => net::Surroundings::Open,
                Surroundings::Laptop => net::Surroundings::Laptop,
                Surroundings::Boxed => net::Surroundings::Boxed,
            },
            laptop_ip: std::net::Ipv4Addr::from(laptop).into(),
            second: config.dual_stack.then(second_family),
            ..net::ClusterConfig::default()
        };
        let network = Network::new(settings, kubelet.catalogue().clone());
        Controllers {
            namespace: NamespaceController,
            definition: DefinitionController,
            garbage: GarbageCollector,
            deployment: DeploymentController::default(),
            replica_set: ReplicaSetController::default(),
            daemon_set: DaemonSetController::default(),
            stateful_set: StatefulSetController,
            job: JobController,
            ttl: TtlController,
            cron_job: CronJobController,
            replication_controller: ReplicationControllerController,
            disruption: DisruptionController,
            autoscaler: HorizontalController::new(kubelet.catalogue().clone(), config.metrics_server),
            persistent_volume: PersistentVolumeController,
            scheduler: Scheduler::default(),
            kubelet,
            endpoint_slice: EndpointSliceController::default(),
            endpoints: EndpointsController,
            mirroring: MirroringController,
            load_balancer: LoadBalancerController::new(config.cloud),
            metallb: MetalLb::new(if config.cloud { &[] } else { &config.pool }),
            network,
            ingress: IngressController::default(),
            node_lifecycle: NodeLifecycleController::default(),
            taint_eviction: TaintEvictionController::default(),
            pod_gc: PodGcController,
            certificate: CertificateController,
        }
    }

    /// All of them; a controller's place is its [`ControllerId`](crate::controllers::runtime::ControllerId).
    pub fn all(&mut self) -> [&mut dyn Controller; 27] {
        [
            &mut self.namespace,
            &mut self.garbage,
            &mut self.deployment,
            &mut self.replica_set,
            &mut self.daemon_set,
            &mut self.stateful_set,
            &mut self.job,
            &mut self.ttl,
            &mut self.cron_job,
            &mut self.replication_controller,
            &mut self.disruption,
            &mut self.autoscaler,
            &mut self.persistent_volume,
            &mut self.scheduler,
            &mut self.kubelet,
            &mut self.endpoint_slice,
            &mut self.endpoints,
            &mut self.mirroring,
            &mut self.load_balancer,
            &mut self.metallb,
            &mut self.network,
            &mut self.ingress,
            &mut self.node_lifecycle,
            &mut self.taint_eviction,
            &mut self.pod_gc,
            &mut self.definition,
            &mut self.certificate,
        ]
    }

    /// The place of the controller of this name.
    pub fn id(&mut self, name: &str) -> Option<ControllerId> {
        let place = self.all().iter().position(|controller| controller.name() == name)?;
        ControllerId::try_from(place).ok()
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
    /// From now on users send so many requests per second to a Service.
    pub(super) fn set_load(&mut self, service: &Key, per_second: u32, because: Because) {
        let mut wanted = Enqueue::default();
        self.controllers.autoscaler.set_load(service, per_second, self.now, &mut wanted);
        if let Some(id) = self.controllers.id("horizontal-pod-autoscaler") {
            self.queue.extend(id, &mut wanted, self.now, because);
        }
    }

    /// Writes a file in a container or a volume, or removes it: probes and requests find it so.
    pub(super) fn write_file(&mut self, place: &Str, path: &Str, text: Option<Str>, because: Because) {
        let exists = text.is_some();
        self.controllers.kubelet.files.write(place, path, text);
        self.controllers.network.written(&self.controllers.kubelet.files, place, self.api.store());
        let mut wanted = Enqueue::default();
        self.controllers.kubelet.found(place, path, exists, self.api.store(), self.now, &mut wanted);
        if let Some(id) = self.controllers.id("kubelet") {
            self.queue.extend(id, &mut wanted, self.now, because);
        }
    }

    /// An empty cluster; [`super::Engine::new`] fills it.
    pub(super) fn new(config: ClusterConfig) -> World {
        let api = ApiServer::new(ApiConfig {
            seed: config.seed,
            service_cidr: config.service_cidr,
            service_cidr6: config.dual_stack.then_some(SERVICES6),
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
