//! `pods web`, `po,svc`, `deploy/web svc/web`: which resources the arguments of a command name.
//!
//! Here words are only cut apart; what type a word means is asked of the server's list of types afterwards.

/// The resources that arguments name, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceArgs {
    /// No arguments.
    Nothing,
    /// `type/name` pairs.
    Pairs(Vec<(String, String)>),
    /// Types, and names of objects of the (then single) type.
    Types {
        /// For example `pods`, `deployments.v1.apps`, `all`.
        types: Vec<String>,
        /// Empty when a selector or everything is meant.
        names: Vec<String>,
    },
}

/// Reads arguments. The error is kubectl's text.
///
/// Models `cli-runtime/pkg/resource/builder.go` ResourceTypeOrNameArgs.
pub fn parse(args: &[String]) -> Result<ResourceArgs, String> {
    let args = spread(args);
    let with_slash = args.iter().filter(|arg| arg.contains('/')).count();
    if with_slash > 0 && with_slash < args.len() {
        return Err("there is no need to specify a resource type as a separate argument when passing arguments in \
                    resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                    resource/<resource_name>'"
            .to_owned());
    }
    if with_slash > 0 {
        return args.iter().map(|arg| pair(arg)).collect::<Result<_, _>>().map(ResourceArgs::Pairs);
    }
    let mut args = args.into_iter();
    let Some(first) = args.next() else { return Ok(ResourceArgs::Nothing) };
    Ok(ResourceArgs::Types { types: split(&first), names: args.collect() })
}

/// `a,b x y` means `a/x a/y b/x b/y`.
fn spread(args: &[String]) -> Vec<String> {
    let types = args.first().map(|first| split(first)).unwrap_or_default();
    let names = args.get(1..).unwrap_or_default();
    if types.len() < 2 || names.is_empty() {
        return args.to_vec();
    }
    types.iter().flat_map(|kind| names.iter().map(move |name| format!("{kind}/{name}"))).collect()
}

/// The parts between commas, each once.
fn split(arg: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in arg.split(',') {
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

fn pair(arg: &str) -> Result<(String, String), String> {
    let Some((kind, name)) = arg.split_once('/').filter(|(_, name)| !name.contains('/')) else {
        return Err("arguments in resource/name form may not have more than one slash".to_owned());
    };
    if kind.is_empty() || name.is_empty() || kind.contains(',') {
        return Err("arguments in resource/name form must have a single resource and name".to_owned());
    }
    Ok((kind.to_owned(), name.to_owned()))
}

/// What a type word may mean, most specific first: (resource or kind, version, group).
///
/// Models `apimachinery/pkg/runtime/schema` ParseResourceArg: `deployments.v1.apps` and `deployments.apps`.
pub fn type_candidates(word: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let mut candidates = Vec::new();
    let parts: Vec<&str> = word.splitn(3, '.').collect();
    if let [resource, version, group] = parts.as_slice() {
        candidates.push(((*resource).to_owned(), Some((*version).to_owned()), Some((*group).to_owned())));
    }
    match word.split_once('.') {
        Some((resource, group)) => candidates.push((resource.to_owned(), None, Some(group.to_owned()))),
        None => candidates.push((word.to_owned(), None, None)),
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        match parse(&words) {
            Err(error) => error,
            Ok(ResourceArgs::Nothing) => "nothing".to_owned(),
            Ok(ResourceArgs::Pairs(pairs)) => {
                pairs.iter().map(|(kind, name)| format!("{kind}/{name}")).collect::<Vec<_>>().join(" ")
            }
            Ok(ResourceArgs::Types { types, names }) => format!("{types:?} {names:?}"),
        }
    }

    #[test]
    fn arguments_name_resources() {
        let mixed = "there is no need to specify a resource type as a separate argument when passing arguments in \
                     resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
                     resource/<resource_name>'";
        let table = [
            ("", "nothing"),
            ("pods", r#"["pods"] []"#),
            ("po,svc,po", r#"["po", "svc"] []"#),
            ("pods a b", r#"["pods"] ["a", "b"]"#),
            ("po,svc a b", "po/a po/b svc/a svc/b"),
            ("po/a svc/b", "po/a svc/b"),
            ("pods po/a", mixed),
            ("po/a/b", "arguments in resource/name form may not have more than one slash"),
            ("po/", "arguments in resource/name form must have a single resource and name"),
            ("po,svc/a", "arguments in resource/name form must have a single resource and name"),
        ];
        for (line, expected) in table {
            assert_eq!(shown(line), expected, "{line}");
        }
    }
}
