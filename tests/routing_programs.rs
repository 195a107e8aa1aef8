//! What curl, nslookup, dig, ping and getent print, against recordings of the real programs in a pod.

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/world.rs"]
mod world;

use tabernetes::network::programs::{Run, run};
use tabernetes::network::route::Client;
use tabernetes::network::view::{Key, NetView, ProxyMode, Speaks};
use world::*;

fn client(pod: &str) -> Client {
    Client::Pod(Key::new("default", pod))
}

/// Splits a command line; the recordings quote with single quotes only.
fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
}

fn start(view: &NetView, pod: &str, command: &str, pick: u64) -> Run {
    let words = words(command);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run(view, &client(pod), &words, pick).expect(command)
}

/// Puts aside what differs from run to run: source ports, milliseconds, which backend, measured times.
fn plain(text: &str) -> String {
    let text = text.replace("after 6001 milliseconds", "after 6000 milliseconds");
    let words = text.split(' ').map(|word| {
        let number = word.trim_end_matches([',', '"', '}', '\n']).trim_matches('"');
        if word.starts_with("time=")
            || (word.contains('/') && number.split('/').all(|part| part.parse::<f64>().is_ok()))
        {
            "#".to_owned()
        } else if word.contains("ms\n") && word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().is_ok() {
            "#ms".to_owned()
        } else {
            word.to_owned()
        }
    });
    let text = words.collect::<Vec<_>>().join(" ");
    match text.split_once(" ms: Couldn't") {
        Some((before, after)) => {
            format!("{} # ms: Couldn't{after}", before.trim_end_matches(|c: char| c.is_ascii_digit()))
        }
        None => text,
    }
}

/// Whether `got` is an answer of the recorded server, from a pod that may be asked.
fn same_answer(got: &str, want: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    let (Some(got), Some(want)) = (read(got), read(want)) else { return false };
    let family =
        |value: &serde_json::Value| value["pod"].as_str().unwrap_or("").split('-').next().unwrap_or("").to_owned();
    let port =
        |value: &serde_json::Value| value["local"].as_str().unwrap_or("").rsplit(':').next().unwrap_or("").to_owned();
    family(&got) == family(&want) && got["peer_ip"] == want["peer_ip"] && port(&got) == port(&want)
}

#[test]
fn recorded_runs() {
    let mut wrong = Vec::new();
    let recorded = recorded("client-programs.json");
    for case in recorded.as_array().unwrap() {
        let mut view = world();
        configure(&mut view, |config| config.node_resolv.authoritative = true);
        let note = case["note"].as_str().unwrap();
        let command = case["command"].as_str().unwrap();
        let dns = Key::new("kube-system", "coredns");
        let mut pod = (**view.pod(&dns).unwrap()).clone();
        // "the same" is the state of the entry above it.
        let frozen = note.contains("frozen") || (note == "the same" && case["seconds"].as_f64().unwrap() > 1.0);
        if frozen {
            pod.containers[0].listeners.iter_mut().for_each(|listener| listener.speaks = Speaks::Nothing);
        } else if note.contains("no ready endpoint") || note == "the same" {
            pod.ready = false;
        }
        view.put_pod(pod);
        if command.contains("sts-0.sts:8080") {
            change_pod(&mut view, "sts-0", |pod| pod.alive = false);
        }
        fill_slices(&mut view);
        let got = start(&view, "cli-3", command, 7);
        let (stdout, stderr) = (case["stdout"].as_str().unwrap(), case["stderr"].as_str().unwrap());
        let same_out = if stdout.starts_with('{') {
            same_answer(&got.stdout, stdout)
        } else {
            plain(&got.stdout) == plain(stdout)
        };
        let seconds = got.took.as_secs_f64();
        let slow = (seconds - case["seconds"].as_f64().unwrap()).abs() < 0.5;
        if !same_out
            || plain(&got.stderr) != plain(stderr)
            || u64::from(got.exit) != case["exit"].as_u64().unwrap()
            || !slow
        {
            wrong.push(format!(
                "{command}: exit {} after {seconds}\n{}{}\nwant {case}",
                got.exit, got.stdout, got.stderr
            ));
        }
    }
    println!(
        "{} of {} runs match",
        recorded.as_array().unwrap().len() - wrong.len(),
        recorded.as_array().unwrap().len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn recorded_pings() {
    let mut view = world();
    for (mode, command, expected) in [
        (
            ProxyMode::Iptables,
            "ping -c3 -i0.3 10.0.144.47",
            "exit 1: 3 packets transmitted, 0 received, 100% packet loss, time 600ms",
        ),
        (
            ProxyMode::Nftables,
            "ping -c3 -i0.3 10.0.144.47",
            "exit 1: From 10.244.3.1 icmp_seq=1 Destination Port Unreachable | From 10.244.3.1 icmp_seq=2 Destination Port \
             Unreachable | From 10.244.3.1 icmp_seq=3 Destination Port Unreachable | 3 packets transmitted, 0 received, +3 \
             errors, 100% packet loss, time 600ms",
        ),
        (
            ProxyMode::Iptables,
            "ping -c2 -i0.3 10.244.2.2",
            "exit 0: 64 bytes from 10.244.2.2: icmp_seq=1 ttl=62 # ms | 64 bytes from 10.244.2.2: icmp_seq=2 ttl=62 # ms | 2 packets transmitted, 2 received, 0% packet loss, time 300ms | rtt min/avg/max/mdev = # ms",
        ),
    ] {
        configure(&mut view, |config| config.proxy_mode = mode);
        let got = start(&view, "cli-3", command, 1);
        let lines: Vec<&str> = got
            .stdout
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with("PING") && !line.starts_with("---"))
            .collect();
        let text = format!("exit {}: {}", got.exit, lines.join(" | "));
        let text = text
            .split(' ')
            .map(|word| {
                if word.starts_with("time=")
                    || word.matches('/').count() == 3 && word.starts_with(|c: char| c.is_ascii_digit())
                {
                    "#"
                } else {
                    word
                }
            })
            .collect::<Vec<_>>()
            .join(" ");
        assert_eq!(text, expected);
    }
}

#[test]
fn other_programs_and_options() {
    let view = world();
    let table = [
        ("wget -qO- http://b-none", 1, "", "wget: can't connect to remote host (10.0.5.120): Connection refused\n"),
        ("wget -qO- http://nosuch", 1, "", "wget: bad address 'nosuch'\n"),
        ("wget -q -T 2 -O - http://web:81", 1, "", "wget: download timed out\n"),
        ("curl -s -o /dev/null -w %{http_code} http://web", 0, "200", ""),
        ("curl -s http://nosuch", 6, "", ""),
        ("curl -sS https://web", 28, "", "curl: (28) x"),
        ("curl -sSf http://web:81 -m1", 28, "", "curl: (28) Connection timed out after 1000 milliseconds\n"),
        ("curl -sS gopher://web", 1, "", "curl: (1) Protocol \"gopher\" not supported or disabled in libcurl\n"),
        (
            "curl -s -o /dev/null -w %{http_code}|%{exitcode}|%{errormsg}\\n http://b-none",
            7,
            "000|7|Failed to connect to b-none port 80 after 0 ms: Couldn't connect to server\n",
            "",
        ),
        (
            "curl -s -o /dev/null -w %{method}:%{size_upload}:%{scheme}:%{http_version}:%{remote_port}%% -d a=1 -d b http://web",
            0,
            "POST:5:HTTP:1.1:80%",
            "",
        ),
        (
            "curl -s -o /dev/null -w %{url_effective}|%{method} -G -d q=x http://web/find?a",
            0,
            "http://web/find?a&q=x|GET",
            "",
        ),
        ("curl -s -o /dev/null -w %{nosuch} http://web", 0, "", "curl: unknown --write-out variable: 'nosuch'\n"),
        ("dig +short -x 10.0.0.1", 0, "kubernetes.default.svc.cluster.local.\n", ""),
        (
            "dig +short SRV _http._tcp.my-service.default.svc.cluster.local",
            0,
            "0 100 80 my-service.default.svc.cluster.local.\n",
            "",
        ),
    ];
    for (command, exit, stdout, stderr) in table {
        let got = start(&view, "cli-3", command, 3);
        if stderr == "curl: (28) x" {
            assert_eq!(got.exit, 28, "{command}");
            assert!(
                got.stderr.starts_with("curl: (28) Failed to connect to web port 443 after 131000 ms"),
                "{}",
                got.stderr
            );
            continue;
        }
        assert_eq!((got.exit, got.stdout.as_str(), got.stderr.as_str()), (exit, stdout, stderr), "{command}");
    }
    assert!(run(&view, &client("cli-3"), &["vi"], 1).is_none());
    assert_eq!(start(&view, "nobody", "curl http://web", 1).exit, 1);
}

#[test]
fn dig_and_curl_in_full() {
    let view = world();
    let dig = start(&view, "cli-3", "dig my-service.default.svc.cluster.local", 258);
    expect_test::expect![[r#"

        ; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> my-service.default.svc.cluster.local
        ;; global options: +cmd
        ;; Got answer:
        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 258
        ;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1
        ;; WARNING: recursion requested but not available

        ;; OPT PSEUDOSECTION:
        ; EDNS: version: 0, flags:; udp: 1232
        ; COOKIE: 9e3779b97d4e7c15 (echoed)
        ;; QUESTION SECTION:
        ;my-service.default.svc.cluster.local. IN A

        ;; ANSWER SECTION:
        my-service.default.svc.cluster.local. 30 IN A	10.0.244.145

        ;; Query time: 1 msec
        ;; SERVER: 10.0.0.10#53(10.0.0.10) (UDP)
        ;; WHEN: Thu Jan 01 00:00:00 UTC 2026
        ;; MSG SIZE  rcvd: 129

    "#]]
    .assert_eq(&dig.stdout);
    let curl = start(&view, "cli-3", "curl -sv -o /dev/null http://web:9000/x", 1);
    expect_test::expect![[r#"
        *   Trying 10.0.144.47:9000...
        * Connected to web (10.0.144.47) port 9000 (#0)
        > GET /x HTTP/1.1
        > Host: web:9000
        > User-Agent: curl/7.88.1
        > Accept: */*
        > 
        < HTTP/1.1 200 OK
        < Content-Length: 114
        < 
        * Connection #0 to host web left intact
    "#]]
    .assert_eq(&curl.stderr);
    let posted = start(&view, "cli-3", "curl -sv -o /dev/null -d a=1 -H X-Test:yes http://web:9000/x", 1);
    let sent: Vec<&str> = posted.stderr.lines().filter(|line| line.starts_with('>')).collect();
    expect_test::expect![[r#"
        > POST /x HTTP/1.1
        > Host: web:9000
        > User-Agent: curl/7.88.1
        > Accept: */*
        > X-Test: yes
        > Content-Length: 3
        > Content-Type: application/x-www-form-urlencoded
        > "#]]
    .assert_eq(&sent.join("\n"));
    for (line, expected) in [
        (
            "curl -v -m 2 http://web:81",
            "*   Trying 10.0.144.47:81...\n* Connection timed out after 2000 milliseconds\n* Closing connection 0\n\
             curl: (28) Connection timed out after 2000 milliseconds\n",
        ),
        (
            "curl -v http://b-none",
            "*   Trying 10.0.5.120:80...\n* connect to 10.0.5.120 port 80 failed: Connection refused\n* Failed to connect to \
             b-none port 80 after 0 ms: Couldn't connect to server\n* Closing connection 0\ncurl: (7) Failed to connect to \
             b-none port 80 after 0 ms: Couldn't connect to server\n",
        ),
    ] {
        assert_eq!(start(&view, "cli-3", line, 1).stderr, expected, "{line}");
    }
}
