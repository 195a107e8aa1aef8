//! What goes wrong: every document of `www/scenarios` tells a story in its `story` block, and it goes as told.
//!
//! | line | what it does, or wants |
//! |---|---|
//! | `wait 30s` | lets time pass |
//! | `send [FROM URL] [x60]` | sends what the form has, or this |
//! | `keep-alive on`, `host NAME` | one connection, another `Host` header from now on |
//! | `load 100` | so many requests a second from now on; the next `send` ends them |
//! | `is 200 OK` | how the last answer begins |
//! | `because ROW: words`, `remark ROW: words` | why it failed, or what is surprising, by the table's row and words of the sentence |
//! | `saying words` | in the diagnosis' evidence |
//! | `see CARD [FILE:LINE]` | evidence leads to this card, and to this line |
//! | `fix words` | click the remedy whose label begins so |
//! | `trace words` | in some hop |
//! | `spread 3` | so many pods answered |
//! | `lost some`, `lost none` | of a steady load |
//! | `check CARD [ROW]` | what is wrong with a Service without a request |
//! | `card CARD TONE` | how the picture shows a Service |
//! | `affinity NODE` | the node remembers a client |
//! | `losses ROW` | the lost requests of a load are all explained, some by this row |
//! | `inspect CARD words` | a fact of the inspector |
//! | `packet words` | a row of the packet view has all these words |
//! | `editor FILE:LINE words` | the editor says this there |
//! | `edit FILE old => new`, `apply` | change a file by hand |
//! | `$ command`, `> words` | a console line, and what it prints |
//! | `printed words` | on the console, since the example was loaded |
//! | `keeps ready>=8 pods<=13 120s` | holds all the time |

#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code)]
#[path = "routing/page.rs"]
mod page;

use page::say;
use std::collections::BTreeSet;
use tabernetes::api::kinds::Kind;
use tabernetes::api::objects::Pod;
use tabernetes::base::time::Duration;
use tabernetes::i18n::{Lang, text};
use tabernetes::network::diagnose::check_service;
use tabernetes::network::view::Key;
use tabernetes::view::model::request::{Ask, DiagnosisView, TraceView};
use tabernetes::view::model::{Backend, Command, Shared, Text, Tone};
use tabernetes::view::session::examples::EXAMPLES;
use tabernetes::view::session::{Options, Session};

struct Story {
    session: Session,
    ask: Ask,
    printed: String,
}

impl Story {
    fn new(id: &str) -> Story {
        let mut session = Session::new(Options { files: Some(Vec::new()), ..Options::default() });
        session.command(Command::LoadExample(id.into()));
        let mut story = Story { session, ask: Ask::default(), printed: String::new() };
        story.pass(Duration::from_millis(500));
        story.ask = (*story.session.frame().request.suggestion).clone();
        story
    }

    /// Time passes as in the page, frame by frame.
    fn pass(&mut self, span: Duration) {
        let end = self.session.engine().now().after(span);
        self.session.command(Command::Play);
        while self.session.engine().now() < end {
            let left = end.since(self.session.engine().now()).as_millis() as f64;
            self.session.advance(left.min(50.0), 1e9, &|| 0.0);
        }
    }

    fn trace(&self) -> Shared<TraceView> {
        self.session.frame().request.trace.clone().expect("a request")
    }

    fn diagnosis(&self) -> DiagnosisView {
        let trace = self.trace();
        trace.diagnosis.clone().unwrap_or_else(|| panic!("no diagnosis of {}", say(&trace.title)))
    }

    fn send(&mut self, words: &str) {
        self.session.command(Command::StopSteady);
        let mut count = 1;
        let mut given = Vec::new();
        for word in words.split_whitespace() {
            match word.strip_prefix('x').and_then(|number| number.parse().ok()) {
                Some(number) => count = number,
                None => given.push(word),
            }
        }
        if let [from, to] = given[..] {
            self.ask = Ask::new(from, to);
        }
        self.session.command(Command::Request { ask: self.ask.clone(), count });
        self.pass(Duration::from_millis(1));
    }

    fn fix(&mut self, label: &str) {
        let found = self.diagnosis();
        let labels: Vec<String> = found.fixes.iter().map(|fix| say(&fix.label)).collect();
        let place = labels.iter().position(|fix| fix.starts_with(label)).unwrap_or_else(|| panic!("{labels:?}"));
        let before = self.session.frame().request.suggestion.clone();
        self.session.command(Command::ApplyFix(found.fixes[place].id.clone()));
        self.pass(Duration::from_millis(1));
        let after = self.session.frame().request.suggestion.clone();
        if !after.same(&before) {
            let from = if after.from.is_empty() { self.ask.from.clone() } else { after.from.clone() };
            self.ask = Ask { from, ..(*after).clone() };
        }
    }

    fn why(&self, words: &str, tone: Tone) {
        let found = self.diagnosis();
        let (row, sentence) = words.split_once(": ").unwrap_or((words.trim_end_matches(':'), ""));
        let said = say(&found.cause);
        assert!((found.row, found.tone) == (row, tone) && said.contains(sentence), "{}: {said}", found.row);
        for lang in Lang::ALL {
            let sentences = std::iter::once(&found.cause).chain(found.evidence.iter().map(|one| &one.text));
            for sentence in sentences.chain(found.fixes.iter().map(|fix| &fix.label)) {
                let Text::Say(message) = sentence else { continue };
                let said = text(lang, message);
                assert!(!said.contains('{') && !said.starts_with("net."), "{said}");
            }
        }
    }

    fn edit(&mut self, file: &str, from: &str, to: &str) {
        let files = self.session.frame().files.clone();
        let found = files.files.iter().find(|one| &*one.name == file).expect(file);
        assert!(found.text.contains(from), "{}", found.text);
        self.session.command(Command::EditFile { file: found.id, text: found.text.replace(from, to).into() });
    }

    fn transcript(&self) -> String {
        let console = self.session.frame().console.clone();
        console.entries.iter().flat_map(|entry| entry.lines.iter().map(|line| say(&line.text) + "\n")).collect()
    }

    fn see(&self, words: &str) {
        let (card, place) = words.split_once(' ').unwrap_or((words, ""));
        let found = self.diagnosis();
        let seen: Vec<(String, String)> = found
            .evidence
            .iter()
            .map(|one| {
                let place = one.place.as_ref().map(|place| format!("{}:{}", place.name, place.line));
                (one.key.as_deref().unwrap_or_default().to_owned(), place.unwrap_or_default())
            })
            .collect();
        assert!(seen.iter().any(|(key, at)| key == card && (place.is_empty() || at == place)), "{seen:?}");
    }

    fn keeps(&mut self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let [ready, pods, span] = words[..] else { panic!("{words:?}") };
        let number =
            |word: &str, prefix: &str| word.strip_prefix(prefix).and_then(|n| n.parse::<usize>().ok()).unwrap();
        let (least, most) = (number(ready, "ready>="), number(pods, "pods<="));
        let (mut fewest, mut all) = (usize::MAX, 0);
        for _ in 0..seconds(span).as_millis() / 100 {
            self.pass(Duration::from_millis(100));
            let store = self.session.engine().world().api.store();
            let pods = || store.list(Kind::POD, "default").filter_map(|object| Pod::of(object));
            let living = || pods().filter(|pod| !pod.meta.is_terminating() && &*pod.meta.name != "client");
            fewest = fewest.min(living().filter(|pod| pod.is_ready()).count());
            all = all.max(living().count());
        }
        assert!(fewest >= least && all <= most, "as few as {fewest} ready, as many as {all} pods");
        assert!(all > least, "nothing happened");
    }

    fn line(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "wait" => self.pass(seconds(rest)),
            "send" => self.send(rest),
            "keep-alive" => self.ask.keep_alive = true,
            "host" => self.ask.host = rest.into(),
            "load" => {
                let per_second = rest.parse().unwrap();
                self.session.command(Command::StartSteady { ask: self.ask.clone(), per_second });
            }
            "is" => {
                let title = say(&self.trace().title);
                assert!(
                    title.starts_with(rest),
                    "{title}; {:?}",
                    self.trace().diagnosis.as_ref().map(|one| say(&one.cause))
                );
            }
            "because" => self.why(rest, Tone::Bad),
            "remark" => self.why(rest, Tone::Pending),
            "saying" => {
                let said: Vec<String> = self.diagnosis().evidence.iter().map(|one| say(&one.text)).collect();
                assert!(said.iter().any(|one| one.contains(rest)), "{said:?}");
            }
            "see" => self.see(rest),
            "keeps" => self.keeps(rest),
            "fix" => self.fix(rest),
            "trace" => {
                let trace = self.trace();
                let hops = trace.hops.iter().flat_map(|hop| {
                    let words = std::iter::once(&hop.title).chain(&hop.what).chain(&hop.details);
                    words.map(say).chain(hop.code.as_deref().map(str::to_owned)).collect::<Vec<_>>()
                });
                let said: Vec<String> = hops.collect();
                assert!(said.iter().any(|one| one.contains(rest)), "{said:#?}");
            }
            "spread" => {
                let frame = self.session.frame();
                let spread = frame.request.spread.as_ref().expect("many requests");
                assert_eq!((spread.bars.len(), spread.lost), (rest.parse().unwrap(), 0));
            }
            "lost" => {
                let steady = self.session.frame().request.steady.expect("a load");
                assert!(steady.sent > 100, "{steady:?}");
                assert_eq!(steady.lost > 0, rest == "some", "{steady:?}: {:?}", self.trace().diagnosis);
            }
            "check" => {
                let (card, row) = rest.split_once(' ').unwrap_or((rest, ""));
                let mut parts = card.split('/').skip(1);
                let key = Key::new(parts.next().unwrap(), parts.next().unwrap());
                let found = check_service(self.session.engine_mut().network(), &key);
                assert_eq!(found.first().map_or("", |one| one.row), row);
            }
            "card" => {
                let (card, tone) = rest.split_once(' ').unwrap();
                let frame = self.session.frame();
                let service = frame.graph.services.iter().find(|one| &*one.key == card).expect(card);
                assert_eq!(format!("{:?}", service.tone), tone);
            }
            "losses" => {
                let frame = self.session.frame();
                let rows: Vec<&str> = frame.request.losses.iter().map(|loss| loss.row).collect();
                let counted: u32 = frame.request.losses.iter().map(|loss| loss.count).sum();
                let lost = frame.request.steady.map(|steady| steady.lost);
                assert!(rows.contains(&rest) && Some(u64::from(counted)) == lost, "{rows:?} {counted} {lost:?}");
            }
            "inspect" => {
                let (card, words) = rest.split_once(' ').unwrap();
                self.session.command(Command::Select(Some(card.into())));
                self.pass(Duration::from_millis(1));
                let frame = self.session.frame();
                let sections = &frame.inspector.as_ref().expect(card).sections;
                let facts = sections.iter().flat_map(|section| &section.facts);
                let said: Vec<String> = facts.map(|fact| format!("{} {}", say(&fact.name), say(&fact.value))).collect();
                assert!(said.iter().any(|one| one.contains(words)), "{said:#?}");
                self.session.command(Command::Select(None));
            }
            "packet" => {
                let trace = self.trace();
                let rows: Vec<String> = trace
                    .packets
                    .iter()
                    .map(|one| {
                        let mark = one.mark.unwrap_or_default();
                        format!("{} {} {} {mark}", say(&one.step), one.source, one.destination)
                    })
                    .collect();
                let fits = |row: &String| rest.split_whitespace().all(|word| row.contains(word));
                assert!(rows.iter().any(fits), "{rows:#?}");
            }
            "affinity" => {
                let network = self.session.engine_mut().network();
                assert!(network.affinity.keys().any(|key| &*key.node == rest));
            }
            "editor" => {
                self.pass(Duration::from_secs(2));
                let (place, words) = rest.split_once(' ').unwrap();
                let files = self.session.frame().files.clone();
                let said: Vec<String> = files
                    .files
                    .iter()
                    .flat_map(|file| {
                        file.diagnostics
                            .iter()
                            .map(|one| format!("{}:{} {}", file.name, one.span.line, say(&one.message)))
                    })
                    .collect();
                assert!(
                    said.iter().any(|one| one.starts_with(&format!("{place} ")) && one.contains(words)),
                    "{said:#?}"
                );
            }
            "edit" => {
                let (file, change) = rest.split_once(' ').unwrap();
                let (from, to) = change.split_once(" => ").unwrap();
                self.edit(file, from, to);
            }
            "apply" => {
                self.session.command(Command::Apply);
                self.pass(Duration::from_millis(100));
            }
            "$" => {
                let done = self.session.run_line(rest);
                self.printed = done.stdout + &done.stderr;
            }
            ">" => assert!(self.printed.contains(rest), "{}", self.printed),
            "printed" => {
                let printed = self.transcript();
                assert!(printed.contains(rest), "{printed}");
            }
            _ => panic!("no such line"),
        }
    }
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs(text.strip_suffix('s').and_then(|number| number.parse().ok()).expect(text))
}

/// The `story` block of a document, with line numbers.
fn story(document: &str) -> Vec<(usize, &str)> {
    let lines = document.lines().enumerate().skip_while(|(_, line)| *line != "```story").skip(1);
    lines.take_while(|(_, line)| *line != "```").map(|(n, line)| (n + 1, line)).collect()
}

#[test]
fn every_story_goes_as_it_is_told() {
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let mut wrong = Vec::new();
    let mut blocks = BTreeSet::new();
    for example in EXAMPLES.iter().filter(|example| example.document.contains("\n```story\n")) {
        let block = example.document.lines().find_map(|line| line.strip_prefix("block: ")).expect(example.id);
        blocks.insert(block.parse::<u8>().expect(example.id));
        if !only.is_empty() && only != example.id {
            continue;
        }
        let mut told = Story::new(example.id);
        for (number, line) in story(example.document) {
            let step = std::panic::AssertUnwindSafe(|| told.line(line));
            if let Err(panic) = std::panic::catch_unwind(step) {
                let why = panic.downcast_ref::<String>().cloned();
                let why = why.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                wrong.push(format!("{}.md:{number}: {line}\n    {}", example.id, why.unwrap_or_default()));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} stories went wrong:\n{}", wrong.len(), wrong.join("\n"));
    let missing: Vec<u8> = (1..=24).filter(|block| !blocks.contains(block)).collect();
    assert!(missing.is_empty(), "no story of {missing:?}");
}
