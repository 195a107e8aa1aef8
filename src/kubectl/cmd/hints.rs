//! What the playground adds to kubectl's refusals: the word that was probably meant.

use crate::apiserver::Reason;
use crate::base::text::nearest;
use crate::kubectl::args::FlagSpec;
use crate::kubectl::args::flags::GLOBAL;
use crate::kubectl::exec::Output;
use crate::kubectl::failure::Failure;
use crate::kubectl::types::nearest_type;
use crate::msg;
use crate::sim::Engine;

/// The flag that is nearest to one that the command does not know.
pub(super) fn flag(error: &str, tables: &[&'static [FlagSpec]], output: &mut Output) {
    let Some(word) = error.strip_prefix("unknown flag: --") else { return };
    let known = tables.iter().copied().chain([GLOBAL]).flatten().map(|flag| flag.name);
    if let Some(near) = nearest(word, known) {
        output.hint(msg!("console.did-you-mean", word = format!("--{near}")));
    }
}

/// The type or name that is nearest to one that is not there.
pub(super) fn failure(failure: &Failure, engine: &Engine, output: &mut Output) {
    let near = match failure {
        Failure::Plain(text) => {
            let word = text.strip_prefix("the server doesn't have a resource type ");
            word.and_then(|word| nearest_type(word.trim_matches('"'), engine.world().api.kinds())).map(str::to_owned)
        }
        Failure::Status(status) if status.reason == Reason::NotFound => status.kind.and_then(|kind| {
            let names: Vec<String> =
                engine.world().api.store().list(kind, "").map(|object| object.meta().name.to_string()).collect();
            nearest(&status.name, names.iter().map(String::as_str)).map(str::to_owned)
        }),
        _ => None,
    };
    if let Some(near) = near {
        output.hint(msg!("console.did-you-mean", word = near));
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::exec::{Output, Piece};
    use crate::kubectl::session::Session;
    use crate::sim::{ClusterConfig, Engine};

    fn hints(line: &str) -> Vec<String> {
        let mut engine = Engine::new(ClusterConfig::default());
        let mut session = Session::default();
        let mut output = Output::default();
        session.start(line).run_to_end(&mut session, &mut engine, &mut output);
        let hint = |piece: &Piece| match piece {
            Piece::Hint(msg) => Some(format!("{} {}", msg.id, msg.arg("word").unwrap_or_default())),
            _ => None,
        };
        output.pieces.iter().filter_map(hint).collect()
    }

    #[test]
    fn the_nearest_word_is_offered() {
        assert_eq!(hints("kubectl get serivces"), ["console.did-you-mean services"]);
        assert_eq!(hints("kubectl get node nod-1"), ["console.did-you-mean node-1"]);
        assert_eq!(hints("kubectl get pods --namespac=x"), ["console.did-you-mean --namespace"]);
        assert_eq!(hints("kubectl get pod xyzzy"), Vec::<String>::new());
        assert_eq!(hints("kubeclt get pods"), ["console.did-you-mean kubectl"]);
    }
}
