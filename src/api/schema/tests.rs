use super::*;

#[test]
fn every_kind_has_a_type() {
    for row in kind_rows() {
        let id = of_kind(row.group, row.version, row.kind).unwrap_or_else(|| panic!("{row:?}"));
        assert!(field(id, "metadata").is_some(), "{row:?}");
        assert_eq!(field(id, "kind").unwrap().embedded, ["TypeMeta"]);
    }
    assert_eq!(kind_rows().len(), 68);
    assert_ne!(of_kind("", "v1", "Event"), of_kind("events.k8s.io", "v1", "Event"));
}

#[test]
fn the_registry_agrees() {
    for kind in Kind::all() {
        let info = kind.info();
        assert!(of(kind).is_some(), "{kind:?}");
        let row = kind_rows().iter().find(|row| row.kind == info.kind && row.group == info.group).unwrap();
        let of_row = (row.version, row.plural, row.short_names.as_slice(), row.categories.as_slice(), row.namespaced);
        assert_eq!(of_row, (info.version, info.plural, info.short_names, info.categories, info.namespaced), "{kind:?}");
    }
}

#[test]
fn the_table_is_whole() {
    let text = include_str!("types.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.clone().count(), types().count());
    for line in lines {
        for word in line.split(' ').skip(1).filter(|word| word.contains(':') && !line.contains('|')) {
            let id = named(line.split(' ').next().unwrap()).unwrap();
            let name = word.split([':', '!', '=', '~']).next().unwrap();
            let field = field(id, name).unwrap_or_else(|| panic!("{word}"));
            let of_any = word.split_once(':').unwrap().1.trim_start_matches(['*', '[', '{']).starts_with('r');
            assert_eq!(has_any(&field.ty), of_any, "{} {word}", id.def().name);
        }
    }
}

fn has_any(ty: &Ty) -> bool {
    match ty {
        Ty::Any => true,
        Ty::Pointer(inner) | Ty::List(inner) | Ty::Map(inner) => has_any(inner),
        _ => false,
    }
}

#[test]
fn fields_tell_what_they_are() {
    let container = named("Container").unwrap();
    let ports = field(container, "ports").unwrap();
    assert_eq!(ports.ty.go_name(), "[]v1.ContainerPort");
    assert_eq!((ports.merge_key, ports.patch_strategy.merge), (Some("containerPort"), true));
    assert_eq!(ports.list_type, Some(ListType::Map(vec!["containerPort", "protocol"])));
    let protocol = at(named("Pod").unwrap(), &FieldPath::of("spec.containers[0].ports[1].protocol")).unwrap();
    assert_eq!((protocol.enum_values(), protocol.base()), (&["SCTP", "TCP", "UDP"][..], &Ty::String));
    let host_path = field(named("Volume").unwrap(), "hostPath").unwrap();
    assert_eq!(host_path.embedded, ["VolumeSource"]);
    let strategy = field(named("DeploymentSpec").unwrap(), "strategy").unwrap();
    assert!(strategy.patch_strategy.retain_keys && !strategy.patch_strategy.merge);
    let limits = at(container, &FieldPath::of("resources.limits[cpu]")).unwrap();
    assert_eq!(limits, &Ty::Quantity);
    assert!(field(named("ObjectMeta").unwrap(), "Name").is_none());
    assert_eq!(field(named("ObjectMeta").unwrap(), "creationTimestamp").unwrap().zero, Zero::OmittedStruct);
}
