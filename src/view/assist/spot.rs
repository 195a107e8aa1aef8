//! Which field a path leads to, and what the field's value names: another object, a port, a volume, a label.

use crate::api::kinds::Kind;
use crate::api::schema::{self, Field, Ty, TypeId};
use crate::api::versions;
use crate::base::Value;
use crate::base::path::Step;

/// A value's place in the schema.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The struct that has the field.
    pub owner: TypeId,
    /// The field; the value may be an item or an entry in it.
    pub field: &'static Field,
    /// The type of the value.
    pub ty: &'static Ty,
    /// The value is an entry of a map, under this key.
    pub key: Option<String>,
}

/// What can stand at a place.
#[derive(Clone, Copy, Debug)]
pub enum Inside {
    /// Fields of a struct.
    Struct(TypeId),
    /// Keys of a map.
    Map(&'static Ty),
    /// Items of a list.
    List(&'static Ty),
    /// A scalar.
    Scalar(&'static Ty),
}

/// The type of the objects that a manifest names, as far as it does: by its kind alone when the version is not said or wrong.
pub fn root(api_version: &str, kind: &str) -> Option<(Kind, TypeId)> {
    let found = Kind::of(api_version, kind).or_else(|| Kind::all().find(|known| known.info().kind == kind))?;
    let said = Value::Object([("apiVersion".to_owned(), Value::from(api_version))].into_iter().collect());
    Some((found, versions::schema_of(found, &said)?))
}

/// The field at a path; nothing at the object itself, or where the schema has no such field.
pub fn at(root: TypeId, path: &[Step]) -> Option<Spot> {
    let mut spot: Option<Spot> = None;
    for step in path {
        let inside = spot.as_ref().map_or(Inside::Struct(root), |spot| inside_of(spot.ty));
        spot = Some(match (inside, step, spot) {
            (Inside::Struct(owner), Step::Field(name), _) => {
                let field = schema::field(owner, name)?;
                Spot { owner, field, ty: &field.ty, key: None }
            }
            (Inside::List(item), Step::Index(_), Some(spot)) => Spot { ty: item, ..spot },
            (Inside::Map(item), Step::Field(name), Some(spot)) => Spot { ty: item, key: Some(name.clone()), ..spot },
            _ => return None,
        });
    }
    spot
}

/// What can stand in the mapping or list at a path.
pub fn inside(root: TypeId, path: &[Step]) -> Option<Inside> {
    if path.is_empty() { Some(Inside::Struct(root)) } else { at(root, path).map(|spot| inside_of(spot.ty)) }
}

/// The same of a type.
pub fn inside_of(ty: &'static Ty) -> Inside {
    match ty.base() {
        Ty::Named(id) => Inside::Struct(*id),
        Ty::Map(item) => Inside::Map(item),
        Ty::List(item) => Inside::List(item),
        _ => Inside::Scalar(ty),
    }
}

/// What a scalar names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// An object of a kind.
    Object(Kind),
    /// An object of the kind that stands beside it.
    Sibling,
    /// A kind.
    Kind,
    /// An API version.
    ApiVersion,
    /// A volume of the pod.
    Volume,
    /// A port of the container around it.
    ContainerPort,
    /// A port of the pods that a Service selects.
    TargetPort,
    /// A port of the Service that stands beside it.
    ServicePort,
    /// A key of the ConfigMap or Secret that stands beside it.
    DataKey(Kind),
    /// An image.
    Image,
    /// The key of a pod's label.
    PodLabelKey,
    /// The key of a node's label.
    NodeLabelKey,
}

/// Fields that name objects.
const OBJECTS: &[(&str, &str, Kind)] = &[
    ("ConfigMapEnvSource", "name", Kind::CONFIG_MAP),
    ("ConfigMapKeySelector", "name", Kind::CONFIG_MAP),
    ("ConfigMapProjection", "name", Kind::CONFIG_MAP),
    ("ConfigMapVolumeSource", "name", Kind::CONFIG_MAP),
    ("IngressServiceBackend", "name", Kind::SERVICE),
    ("IngressSpec", "ingressClassName", Kind::INGRESS_CLASS),
    ("IngressTLS", "secretName", Kind::SECRET),
    ("LocalObjectReference", "name", Kind::SECRET),
    ("ObjectMeta", "namespace", Kind::NAMESPACE),
    ("PersistentVolumeClaimSpec", "storageClassName", Kind::STORAGE_CLASS),
    ("PersistentVolumeClaimSpec", "volumeName", Kind::PERSISTENT_VOLUME),
    ("PersistentVolumeClaimVolumeSource", "claimName", Kind::PERSISTENT_VOLUME_CLAIM),
    ("PersistentVolumeSpec", "storageClassName", Kind::STORAGE_CLASS),
    ("PodSpec", "nodeName", Kind::NODE),
    ("PodSpec", "priorityClassName", Kind::PRIORITY_CLASS),
    ("PodSpec", "runtimeClassName", Kind::RUNTIME_CLASS),
    ("PodSpec", "serviceAccountName", Kind::SERVICE_ACCOUNT),
    ("SecretEnvSource", "name", Kind::SECRET),
    ("SecretKeySelector", "name", Kind::SECRET),
    ("SecretProjection", "name", Kind::SECRET),
    ("SecretVolumeSource", "secretName", Kind::SECRET),
    ("StatefulSetSpec", "serviceName", Kind::SERVICE),
];

/// Fields that name something else.
const OTHERS: &[(&str, &str, Names)] = &[
    ("ConfigMapKeySelector", "key", Names::DataKey(Kind::CONFIG_MAP)),
    ("Container", "image", Names::Image),
    ("CrossVersionObjectReference", "apiVersion", Names::ApiVersion),
    ("CrossVersionObjectReference", "kind", Names::Kind),
    ("CrossVersionObjectReference", "name", Names::Sibling),
    ("HTTPGetAction", "port", Names::ContainerPort),
    ("LabelSelectorRequirement", "key", Names::PodLabelKey),
    ("NodeSelectorRequirement", "key", Names::NodeLabelKey),
    ("PodAffinityTerm", "topologyKey", Names::NodeLabelKey),
    ("RoleRef", "name", Names::Sibling),
    ("SecretKeySelector", "key", Names::DataKey(Kind::SECRET)),
    ("ServiceBackendPort", "name", Names::ServicePort),
    ("ServicePort", "targetPort", Names::TargetPort),
    ("Subject", "name", Names::Sibling),
    ("TCPSocketAction", "port", Names::ContainerPort),
    ("TopologySpreadConstraint", "topologyKey", Names::NodeLabelKey),
    ("VolumeDevice", "name", Names::Volume),
    ("VolumeMount", "name", Names::Volume),
];

/// Maps whose entries are labels.
const LABELS: &[(&str, &str, Names)] = &[
    ("LabelSelector", "matchLabels", Names::PodLabelKey),
    ("ObjectMeta", "labels", Names::PodLabelKey),
    ("PodSpec", "nodeSelector", Names::NodeLabelKey),
    ("ReplicationControllerSpec", "selector", Names::PodLabelKey),
    ("ServiceSpec", "selector", Names::PodLabelKey),
];

impl Spot {
    fn is(&self, (owner, field): (&str, &str)) -> bool {
        self.owner.struct_name() == owner && self.field.name == field
    }

    /// What the scalar here names.
    pub fn names(&self) -> Option<Names> {
        let object = OBJECTS.iter().find(|row| self.is((row.0, row.1))).map(|row| Names::Object(row.2));
        object.or_else(|| OTHERS.iter().find(|row| self.is((row.0, row.1))).map(|row| row.2))
    }

    /// Whose labels the map here holds or asks for.
    pub fn labels(&self) -> Option<Names> {
        LABELS.iter().find(|row| self.is((row.0, row.1))).map(|row| row.2)
    }

    /// The values that are allowed; nothing if that is not a list.
    pub fn values(&self) -> &'static [&'static str] {
        match self.ty.base() {
            Ty::Bool => &["true", "false"],
            _ => self.ty.enum_values(),
        }
    }
}

/// The type as a person writes it: `string`, `[]Container`, `map[string]string`.
pub fn type_name(ty: &Ty) -> String {
    match ty.base() {
        Ty::List(item) => format!("[]{}", type_name(item)),
        Ty::Map(item) => format!("map[string]{}", type_name(item)),
        Ty::Named(id) => id.struct_name().to_owned(),
        Ty::Int32 | Ty::Int64 => "integer".to_owned(),
        Ty::Bool => "boolean".to_owned(),
        Ty::Float64 => "number".to_owned(),
        Ty::Quantity => "Quantity".to_owned(),
        Ty::IntOrString => "IntOrString".to_owned(),
        Ty::Any => "Object".to_owned(),
        Ty::String | Ty::Time | Ty::MicroTime | Ty::Bytes | Ty::Pointer(_) => "string".to_owned(),
    }
}
