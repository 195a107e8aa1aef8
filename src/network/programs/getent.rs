//! getent, for `hosts` and `ahostsv4`.

use super::{Run, Start};
use crate::network::dns::lookup::{Family, resolve};
use crate::network::route::resolver;

/// Nothing was found.
const NOT_FOUND: u8 = 2;

/// Runs getent.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let (Some(database), Some(name)) = (arguments.first(), arguments.get(1)) else {
        return Run::failed(1, "getent: wrong number of arguments\n".to_owned());
    };
    let Some((conf, reach)) = resolver(start.view, start.client, start.pick) else {
        return Run::failed(NOT_FOUND, String::new());
    };
    let lookup = resolve(start.view, &conf, name, Family::Inet, reach);
    let mut run = Run { took: lookup.took, ..Run::default() };
    if lookup.addresses.is_empty() {
        run.exit = NOT_FOUND;
    }
    for ip in &lookup.addresses {
        match *database {
            "ahosts" | "ahostsv4" => {
                run.stdout.push_str(&format!("{ip:<15} STREAM {name}\n{ip:<15} DGRAM  \n{ip:<15} RAW    \n"));
            }
            _ => run.stdout.push_str(&format!("{:<15} {}\n", ip.to_string(), lookup.canonical)),
        }
    }
    run
}
