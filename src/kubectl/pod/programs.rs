//! The programs of containers, beyond those that every shell has beside it.

use super::host::{Container, is_tool, shell_name};
use super::host_name;
use crate::base::text::go_quote;
use crate::network::addr::Family;
use crate::network::route::{Outcome, Request, Scheme, Target};
use crate::shell::expand::Env;
use crate::shell::machine::{Begun, Input};
use crate::shell::output::Output;
use crate::shell::tools::{FileKind, absolute, printf};

/// Runs a program of the image.
pub(super) fn run(
    container: &mut Container<'_>,
    name: &str,
    args: &[String],
    input: &mut Input,
    env: &mut Env,
    output: &mut Output,
) -> Begun {
    let words: Vec<&str> = std::iter::once(name).chain(args.iter().map(String::as_str)).collect();
    let exit = match name {
        "sh" | "bash" | "ash" | "dash" => return shell(args, input, env, container),
        "." | "source" => {
            let path = absolute(args.first().map_or("", String::as_str), &env.directory);
            match container.tree().read(&path) {
                Ok(text) => return Begun::Script(text, args.to_vec()),
                Err(why) => return Begun::NotFound(format!("{}: {path}: {why}", shell_name(env))),
            }
        }
        "exec" | "nohup" | "time" | "command" if !args.is_empty() && args[0] != "-v" => {
            let quoted: Vec<String> = args.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
            return Begun::Script(quoted.join(" "), vec!["sh".to_owned()]);
        }
        "timeout" => {
            let rest: Vec<String> = args
                .iter()
                .skip_while(|arg| arg.starts_with('-') || arg.starts_with(|c: char| c.is_ascii_digit()))
                .cloned()
                .collect();
            return Begun::Script(rest.join(" "), vec!["sh".to_owned()]);
        }
        "sleep" => {
            return match crate::kubectl::console::sleep(args) {
                Ok(span) => container.wait(span),
                Err(problem) => {
                    output.err_line(format!("sleep: {problem}"));
                    Begun::Done(1)
                }
            };
        }
        "hostname" => {
            let pod = container.inside.pod(container.engine);
            let text = match args.first().map(String::as_str) {
                Some("-i" | "-I") => pod.map(|pod| pod.status.pod_ip.to_string()),
                Some("-f") if pod.is_some_and(|pod| !pod.spec.subdomain.is_empty()) => pod.map(|pod| {
                    let (host, subdomain) = (host_name(pod), &pod.spec.subdomain);
                    format!("{host}.{subdomain}.{}.svc.cluster.local", pod.meta.namespace)
                }),
                _ => pod.map(host_name),
            };
            output.line(text.unwrap_or_default());
            0
        }
        "env" | "printenv" => return environment(name, args, env, container, output),
        "id" => {
            output.line(if args.iter().any(|arg| arg == "-u") {
                "0"
            } else {
                "uid=0(root) gid=0(root) groups=0(root)"
            });
            0
        }
        "whoami" => {
            output.line("root");
            0
        }
        "uname" => {
            let host = container.inside.pod(container.engine).map(host_name).unwrap_or_default();
            let all = format!("Linux {host} 6.8.0-generic #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux");
            output.line(match args.first().map(String::as_str) {
                Some("-a") => &all,
                Some("-r") => "6.8.0-generic",
                Some("-m") => "x86_64",
                Some("-n") => &host,
                _ => "Linux",
            });
            0
        }
        "nproc" => {
            output.line(4);
            0
        }
        "printf" => printf(args, output),
        "ls" => super::listing::list(args, env, container, output),
        "ps" | "top" => processes(args, container, output),
        "rm" | "touch" | "mkdir" | "cp" | "mv" | "chmod" | "chown" | "sync" => {
            files(name, args, env, container, output)
        }
        "find" => find(args, env, container, output),
        "which" | "command" | "type" => {
            let mut missing = 0;
            for arg in args.iter().filter(|arg| !arg.starts_with('-')) {
                match container.inside.has(arg) {
                    true => output.line(format!("/usr/bin/{arg}")),
                    false => missing = 1,
                }
            }
            missing
        }
        "df" => {
            output.line("Filesystem     1K-blocks     Used Available Use% Mounted on");
            output.line("overlay         61255492 12253100  48986008  21% /");
            0
        }
        "free" => {
            output.line("              total        used        free      shared  buff/cache   available");
            output.line("Mem:        8145440     1283100     5022136        1736     1840204     6603132");
            output.line("Swap:             0           0           0");
            0
        }
        "uptime" => {
            output.line(" 00:00:00 up 0 min,  0 users,  load average: 0.10, 0.12, 0.09");
            0
        }
        "nc" | "telnet" => return connect(container, name, args, output),
        "host" => return host(container, args, output),
        "nginx" => {
            match args.first().map(String::as_str) {
                Some("-v") => output.err_line("nginx version: nginx/1.27.5"),
                Some("-t") => {
                    output.err_line("nginx: the configuration file /etc/nginx/nginx.conf syntax is ok");
                    output.err_line("nginx: configuration file /etc/nginx/nginx.conf test is successful");
                }
                _ => {}
            }
            0
        }
        "redis-cli" => redis(args, container, output),
        "apt-get" | "apt" | "apk" => {
            output.err_line("E: Unable to locate package: no package index can be reached from the playground");
            100
        }
        name if crate::network::programs::PROGRAMS.contains(&name) => {
            return container.network(&words).unwrap_or(Begun::Done(127));
        }
        name if is_tool(name) => return Begun::Tool,
        _ => 0,
    };
    Begun::Done(exit)
}

fn shell(args: &[String], input: &mut Input, env: &Env, container: &mut Container<'_>) -> Begun {
    match args {
        [flag, script, rest @ ..] if flag.starts_with('-') && flag.ends_with('c') => {
            let mut arguments = rest.to_vec();
            if arguments.is_empty() {
                arguments.push("sh".to_owned());
            }
            Begun::Script(script.clone(), arguments)
        }
        [file, ..] if !file.starts_with('-') => {
            let path = absolute(file, &env.directory);
            match container.tree().read(&path) {
                Ok(text) => Begun::Script(text, args.to_vec()),
                Err(why) => Begun::NotFound(format!("sh: {file}: {why}")),
            }
        }
        _ => Begun::Script(input.text.take().unwrap_or_default(), vec!["sh".to_owned()]),
    }
}

fn environment(name: &str, args: &[String], env: &Env, container: &Container<'_>, output: &mut Output) -> Begun {
    if name == "printenv" && !args.is_empty() {
        let mut exit = 0;
        for arg in args {
            match env.variables.get(arg) {
                Some(value) => output.line(value),
                None => exit = 1,
            }
        }
        return Begun::Done(exit);
    }
    let command: Vec<String> =
        args.iter().skip_while(|arg| arg.contains('=') || arg.starts_with('-')).cloned().collect();
    if !command.is_empty() {
        let set: Vec<&String> = args.iter().take_while(|arg| arg.contains('=')).collect();
        let words = set.into_iter().cloned().chain(command).collect::<Vec<_>>();
        return Begun::Script(words.join(" "), vec!["sh".to_owned()]);
    }
    // In the order of the container's environment; what the shell has added comes after it.
    let own = container.inside.environment(container.engine);
    for (name, value) in &own {
        output.line(format!("{name}={}", env.variables.get(name).unwrap_or(value)));
    }
    for (name, value) in env.variables.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == *name)) {
        output.line(format!("{name}={value}"));
    }
    Begun::Done(0)
}

/// What runs: the container's own command, and `ps`.
fn processes(args: &[String], container: &Container<'_>, output: &mut Output) -> i32 {
    let pod = container.inside.pod(container.engine);
    let spec = pod.and_then(|pod| super::container_of(pod, &container.inside.name));
    let own: Vec<&str> =
        spec.iter().flat_map(|spec| spec.command.iter().chain(&spec.args)).map(|word| &**word).collect();
    let catalogue = container.engine.world().controllers.kubelet.catalogue();
    let image = spec.and_then(|spec| catalogue.file(&spec.image)).and_then(|file| file.get("process"));
    let own = match (own.is_empty(), image.and_then(crate::base::Value::as_str)) {
        (true, Some(process)) => process.to_owned(),
        (true, None) => spec.map_or(String::new(), |spec| spec.name.to_string()),
        (false, _) => own.join(" "),
    };
    if args.iter().any(|arg| arg.contains('a') || arg.contains('e')) {
        output.line("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND");
        output.line(format!("root           1  0.0  0.0   2792  1040 ?        Ss   00:00   0:00 {own}"));
        output.line("root          20  0.0  0.0   8104  3860 ?        Rs   00:00   0:00 ps aux");
    } else {
        output.line("PID   USER     TIME  COMMAND");
        output.line(format!("    1 root      0:00 {own}"));
        output.line("   20 root      0:00 ps");
    }
    0
}

fn files(name: &str, args: &[String], env: &Env, container: &mut Container<'_>, output: &mut Output) -> i32 {
    let mut tree = container.tree();
    let force = args.iter().any(|arg| arg.starts_with('-') && arg.contains('f'));
    let paths: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let mut exit = 0;
    let mut complain = |output: &mut Output, text: String| {
        output.err_line(format!("{name}: {text}"));
        exit = 1;
    };
    match (name, paths.as_slice()) {
        ("cp" | "mv", [from, to]) => {
            let (source, mut target) = (absolute(from, &env.directory), absolute(to, &env.directory));
            if tree.kind(&target) == Some(FileKind::Directory) {
                target = format!("{target}/{}", source.rsplit('/').next().unwrap_or_default());
            }
            match tree.read(&source).and_then(|text| tree.write(&target, Some(&text), container.engine)) {
                Err(why) => complain(output, format!("can't stat '{from}': {why}")),
                Ok(()) if name == "mv" => drop(tree.write(&source, None, container.engine)),
                Ok(()) => {}
            }
        }
        ("rm", paths) => {
            for path in paths {
                let whole = absolute(path, &env.directory);
                let below = tree.below(&whole);
                if below.is_empty() && !force {
                    complain(output, format!("can't remove '{path}': No such file or directory"));
                }
                for (file, _) in below {
                    if let Err(why) = tree.write(&file, None, container.engine) {
                        complain(output, format!("can't remove '{path}': {why}"));
                    }
                }
            }
        }
        ("touch", paths) => {
            for path in paths {
                let whole = absolute(path, &env.directory);
                let text = tree.read(&whole).unwrap_or_default();
                if let Err(why) = tree.write(&whole, Some(&text), container.engine) {
                    complain(output, format!("{path}: {why}"));
                }
            }
        }
        ("mkdir", paths) => {
            for path in paths {
                let whole = absolute(path, &env.directory);
                let known = tree.kind(&whole).is_some();
                if known && !args.iter().any(|arg| arg == "-p") {
                    complain(output, format!("can't create directory '{path}': File exists"));
                } else if let Err(why) = if known { Ok(()) } else { tree.make_directory(&whole, container.engine) } {
                    complain(output, format!("can't create directory '{path}': {why}"));
                }
            }
        }
        _ => {}
    }
    exit
}

fn find(args: &[String], env: &Env, container: &mut Container<'_>, output: &mut Output) -> i32 {
    let tree = container.tree();
    let start = args.first().filter(|arg| !arg.starts_with('-')).map_or(".", String::as_str);
    let name = args.iter().position(|arg| arg == "-name").and_then(|place| args.get(place + 1));
    let whole = absolute(start, &env.directory);
    for (file, _) in tree.below(&whole) {
        let last = file.rsplit('/').next().unwrap_or_default();
        if name.is_none_or(|pattern| crate::shell::expand::matches(pattern, last)) {
            output.line(file.replacen(&whole, start.trim_end_matches('/'), 1));
        }
    }
    0
}

/// `nc -zv HOST PORT`: whether a port is open.
fn connect(container: &mut Container<'_>, name: &str, args: &[String], output: &mut Output) -> Begun {
    let mut plain = Vec::new();
    let mut timeout = None;
    let mut family = None;
    let mut rest = args.iter();
    let (mut verbose, mut udp) = (name == "telnet", false);
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-w" => timeout = rest.next().and_then(|text| text.parse().ok()),
            flag if flag.starts_with("-w") => timeout = flag[2..].parse().ok(),
            flag if flag.starts_with('-') => {
                verbose |= flag.contains('v');
                udp |= flag.contains('u');
                if flag.contains('6') {
                    family = Some(Family::V6);
                } else if flag.contains('4') {
                    family = Some(Family::V4);
                }
            }
            word => plain.push(word.to_owned()),
        }
    }
    let ([host, port] | [host, port, ..]) = plain.as_slice() else {
        output.err_line("BusyBox v1.37.0 multi-call binary.\n\nUsage: nc [OPTIONS] HOST PORT");
        return Begun::Done(1);
    };
    let number: u16 = port.parse().unwrap_or(0);
    let scheme = if udp { Scheme::Udp } else { Scheme::Tcp };
    let target = Target { scheme, host: host.as_str().into(), port: number, path: "/".into() };
    let mut request = Request::new(container.client(), target);
    request.timeout = timeout.map(std::time::Duration::from_secs);
    request.family = family;
    let trace = container.engine.route(&request);
    let ip =
        trace.hops.iter().find(|hop| hop.kind != crate::network::route::HopKind::Dns).map(|hop| hop.before.dst.ip());
    let at = ip.map_or_else(|| host.clone(), |ip| format!("{host} ({})", std::net::SocketAddr::new(ip, number)));
    let exit = match &trace.outcome {
        Outcome::NoSuchName { .. } => {
            output.err_line(format!("nc: bad address '{host}'"));
            1
        }
        Outcome::Answered { .. } | Outcome::NotHttp | Outcome::TimedOut { connected: true } | Outcome::Reset => {
            if name == "telnet" {
                output.line(format!("Connected to {host}"));
            } else if verbose {
                output.err_line(format!("{at} open"));
            }
            0
        }
        Outcome::Unreachable => {
            output.err_line(format!("nc: {at}: Network unreachable"));
            1
        }
        Outcome::NoRoute => {
            output.err_line(format!("nc: {at}: No route to host"));
            1
        }
        Outcome::TimedOut { .. } => {
            output.err_line(format!("nc: {at}: Connection timed out"));
            1
        }
        _ => {
            output.err_line(format!("nc: {at}: Connection refused"));
            1
        }
    };
    if exit == 0 { Begun::Done(0) } else { container.end_with(exit, trace.took) }
}

/// `host NAME`, by way of `dig`.
fn host(container: &mut Container<'_>, args: &[String], output: &mut Output) -> Begun {
    let Some(name) = args.iter().find(|arg| !arg.starts_with('-')) else {
        output.err_line(
            "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time] [-R number] hostname [server]",
        );
        return Begun::Done(1);
    };
    let client = container.client();
    let ask: &[&[&str]] = match name.parse::<std::net::IpAddr>() {
        Ok(_) => &[&["-x"]],
        Err(_) => &[&["+search"], &["+search", "-t", "AAAA"]],
    };
    for (n, options) in ask.iter().enumerate() {
        let words: Vec<&str> = ["dig"].iter().chain(*options).copied().chain([name.as_str()]).collect();
        let Some(run) = container.engine.program(&client, &words) else { return Begun::Done(1) };
        let says = |text: &str| run.stdout.lines().find(|line| line.contains(text));
        if says("no servers could be reached").is_some() {
            let errors = run.stdout.lines().filter(|line| line.starts_with(";; communications error"));
            errors.chain([";; no servers could be reached"]).for_each(|line| output.line(line));
            return container.end_with(1, run.took);
        }
        if says("status: NXDOMAIN").is_some() {
            // A name that was searched for is shown as it was written, an address as the name that it stands for.
            let asked = says("IN\tPTR").and_then(|line| line.trim_start_matches(';').split_whitespace().next());
            output.line(format!("Host {} not found: 3(NXDOMAIN)", asked.unwrap_or(name)));
            return Begun::Done(1);
        }
        for line in run.stdout.lines().filter(|line| !line.starts_with(';') && !line.is_empty()) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [owner, _, _, kind, data, ..] = fields.as_slice() else { continue };
            let owner = owner.trim_end_matches('.');
            match *kind {
                "CNAME" if n == 0 => output.line(format!("{owner} is an alias for {data}")),
                "A" => output.line(format!("{owner} has address {data}")),
                "AAAA" => output.line(format!("{owner} has IPv6 address {data}")),
                "PTR" => output.line(format!("{owner} domain name pointer {data}")),
                _ => {}
            }
        }
    }
    Begun::Done(0)
}

/// A few commands of `redis-cli`: what is set is kept as long as the container.
fn redis(args: &[String], container: &mut Container<'_>, output: &mut Output) -> i32 {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut tree = container.tree();
    let place = |key: &str| format!("/data/.redis-{key}");
    match words.as_slice() {
        ["ping" | "PING"] => output.line("PONG"),
        ["set" | "SET", key, value, ..] => {
            let _ = tree.make_directory("/data", container.engine);
            let _ = tree.write(&place(key), Some(value), container.engine);
            output.line("OK");
        }
        ["get" | "GET", key] => match tree.read(&place(key)) {
            Ok(value) => output.line(go_quote(&value)),
            Err(_) => output.line("(nil)"),
        },
        _ => output.line("(error) ERR unknown command"),
    }
    0
}
