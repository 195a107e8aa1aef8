//! What an unknown command may have been meant to be.

use crate::base::text::edit_distance;

/// The commands in the order in which kubectl knows them: by their groups, not by name.
const COMMANDS: [&str; 44] = [
    "create",
    "expose",
    "run",
    "set",
    "explain",
    "get",
    "edit",
    "delete",
    "rollout",
    "scale",
    "autoscale",
    "certificate",
    "cluster-info",
    "top",
    "cordon",
    "uncordon",
    "drain",
    "taint",
    "describe",
    "logs",
    "attach",
    "exec",
    "port-forward",
    "proxy",
    "cp",
    "auth",
    "debug",
    "events",
    "diff",
    "apply",
    "patch",
    "replace",
    "wait",
    "kustomize",
    "label",
    "annotate",
    "completion",
    "config",
    "plugin",
    "version",
    "api-versions",
    "api-resources",
    "options",
    "kuberc",
];

/// Commands that are near to a word. Models `cobra/command.go` SuggestionsFor.
pub(super) fn commands(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let meant = match word.as_str() {
        "list" | "ls" => "get",
        "rm" | "remove" => "delete",
        "stats" => "top",
        "inspect" => "describe",
        _ => "",
    };
    let near = |name: &&str| edit_distance(&word, name) <= 2 || name.starts_with(&word) || *name == meant;
    COMMANDS.into_iter().filter(near).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn in_the_order_of_groups() {
        assert_eq!(super::commands("gt"), ["set", "get", "cp"]);
        assert_eq!(super::commands("remove"), ["delete"]);
        assert_eq!(super::commands("descibe"), ["describe"]);
        assert!(super::commands("frobnicate").is_empty());
    }
}
