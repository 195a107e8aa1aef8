//! As whom a command acts, and whether what its flags name is in the kubeconfig file.

use super::Context;
use crate::apiserver::User;
use crate::base::text::go_quote;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{Section, USER};
use crate::kubectl::token;

impl Context<'_> {
    /// Whether the kubeconfig file has what the flags name.
    ///
    /// Models `ConfirmUsable` of `k8s.io/client-go/tools/clientcmd/validation.go`.
    pub(super) fn connection(&self) -> Result<(), Failure> {
        if self.path.starts_with("config") {
            return Ok(());
        }
        let config = &self.session.config;
        let named = [
            ("context", Section::Contexts, "context"),
            ("cluster", Section::Clusters, "cluster"),
            ("user", Section::Users, "auth info"),
        ];
        for (flag, section, what) in named {
            let Some(name) = self.args.text(flag).filter(|_| flag != "user" || self.has_global_user()) else {
                continue;
            };
            if !name.is_empty() && !config.entries(section).contains_key(name) {
                let text = format!("{what} {} does not exist", go_quote(name));
                return Err(Failure::Plain(text));
            }
        }
        Ok(())
    }

    /// Whether `--user` names an entry of the kubeconfig file: some commands have a flag of that name of their own.
    fn has_global_user(&self) -> bool {
        !matches!(self.path, "set subject" | "create rolebinding" | "create clusterrolebinding")
    }

    /// Who asks, if it is not the administrator: whom `--as` names, or the user of the context.
    pub(super) fn user(&self) -> Option<User> {
        let groups = self.args.list("as-group");
        if let Some(name) = self.args.text("as").filter(|name| !name.is_empty()) {
            return Some(User::named(name, groups));
        }
        let config = &self.session.config;
        let context = self.args.text("context").unwrap_or(&config.current);
        let flag = self.args.text("user").filter(|_| self.has_global_user());
        let name = flag.unwrap_or_else(|| config.of_context(context, "user"));
        let entry = config.entries(Section::Users).get(name);
        let token = self.args.text("token").or_else(|| entry?.get("token")?.as_str());
        match token {
            Some(token) => Some(User::named(&token::subject(token).unwrap_or_else(|| name.to_owned()), &[])),
            None if name == USER => None,
            None => Some(User::named(name, &[])),
        }
    }
}
