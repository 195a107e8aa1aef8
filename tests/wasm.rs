//! The engine in a real browser: what tests that pass natively cannot show. Each test of the engine also runs natively, against the same
//! expectations, so a difference between the two targets fails one of them. The JS API and the page exist in the browser only.
//!
//! `cargo xtask test wasm` runs them in headless Chromium.

use tabernetes::base::rng::Rng;
use tabernetes::base::time::Duration;
use tabernetes::view::session::{KeptFile, Options, Session};

#[cfg(not(target_arch = "wasm32"))]
use core::prelude::v1::test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::{wasm_bindgen_test as test, wasm_bindgen_test_configure};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test_configure!(run_in_browser);

const MANIFEST: &str = include_str!("e2e/tests/hostname.yaml");

/// 64-bit and 128-bit arithmetic, and the width of `usize`, change nothing.
#[test]
fn the_same_seed_gives_the_same_names() {
    let mut rng = Rng::stream(42, "pod-name", "default/web");
    assert_eq!(rng.name_suffix(5), "hh2j8");
    assert_eq!(rng.uuid(), "5a919891-90d6-4e4e-9a21-279e9e4bf560");
}

/// A whole cluster: hashes, random choices, addresses and times are the same bytes on both targets.
#[test]
fn the_same_cluster_comes_of_the_same_manifest() {
    let file = KeptFile { name: "web.yaml".into(), text: MANIFEST.into(), applied: true };
    let mut session = Session::new(Options { files: Some(vec![file]), ..Options::of_query("ingress=off") });
    session.run_for(Duration::from_secs(10));
    let seen = session.run_line("kubectl get rs,pods -o name").stdout;
    let expected = "\
replicaset.apps/hostname-deployment-6dd6948f75
pod/hostname-deployment-6dd6948f75-kdshj
pod/hostname-deployment-6dd6948f75-zbc69
pod/hostname-deployment-6dd6948f75-zlwkq
";
    assert_eq!(seen, expected);
    let wide = session.run_line("kubectl get pods -o wide --no-headers").stdout;
    assert_eq!(wide.matches("1/1   Running   0").count(), 3, "{wide}");
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use super::{MANIFEST, test};
    use std::cell::RefCell;
    use std::rc::Rc;
    use tabernetes::js::Playground;
    use tabernetes::view::model::{Backend, Command, Frame};
    use tabernetes::view::session::{Options, Session};
    use wasm_bindgen::{JsCast, JsValue};

    /// `object.a.b` of a path `a.b`.
    fn get(object: &JsValue, path: &str) -> JsValue {
        path.split('.').fold(object.clone(), |value, name| js_sys::Reflect::get(&value, &name.into()).unwrap())
    }

    fn text(object: &JsValue, path: &str) -> String {
        get(object, path).as_string().unwrap_or_default()
    }

    fn parse(json: &str) -> JsValue {
        js_sys::JSON::parse(json).unwrap()
    }

    fn playground() -> Playground {
        let options = parse(r#"{"seed": 1, "nodes": 3, "imagesPresent": true}"#);
        Playground::new(Some(options.unchecked_into())).ok().unwrap()
    }

    #[test]
    fn a_script_applies_watches_and_asks() {
        let mut playground = playground();
        let applied = playground.apply(MANIFEST).ok().unwrap();
        assert_eq!(get(&applied, "exitCode").as_f64(), Some(0.0));
        assert!(text(&applied, "stdout").contains("deployment.apps/hostname-deployment created"));
        playground.run(10_000.0);
        let deployment = playground.get("deployment", "hostname-deployment", None).ok().unwrap();
        assert_eq!(get(&deployment, "status.readyReplicas").as_f64(), Some(3.0));
        assert!(playground.get("deploy", "nobody", None).ok().unwrap().is_null());

        let request = parse(r#"{"from": "node/node-1", "to": "http://10.0.0.1", "count": 1}"#);
        let missed = playground.request(request.unchecked_into()).ok().unwrap();
        assert_eq!(get(&missed, "ok").as_bool(), Some(false));
        let service = playground.get("svc", "hostname-svc-clusterip", None).ok().unwrap();
        let request = format!(
            r#"{{"from": "node/node-1", "to": "http://{}:8080", "count": 100}}"#,
            text(&service, "spec.clusterIP")
        );
        let trace = playground.request(parse(&request).unchecked_into()).ok().unwrap();
        assert_eq!(get(&trace, "ok").as_bool(), Some(true));
        assert!(text(&trace, "body").contains("Hello"));
        assert_eq!(get(&trace, "spread.length").as_f64(), Some(3.0));

        let listed = playground.kubectl("kubectl get deploy -o name").ok().unwrap();
        assert_eq!(text(&listed, "stdout"), "deployment.apps/hostname-deployment\n");
        let wrong = playground.apply(&MANIFEST.replace("replicas", "replicass")).ok().unwrap();
        assert_eq!(get(&wrong, "exitCode").as_f64(), Some(1.0));
        assert_eq!(get(&wrong, "diagnostics.0.line").as_f64(), Some(6.0));
    }

    #[test]
    fn a_script_stops_steps_and_begins_anew() {
        let mut playground = playground();
        playground.pause();
        playground.apply(MANIFEST).ok().unwrap();
        let before = playground.now();
        playground.step();
        playground.step();
        assert!(playground.now() >= before);
        playground.run(5_000.0);
        assert!(playground.now() >= before + 5_000.0);
        playground.reset();
        assert_eq!(playground.now(), 0.0);
        assert!(playground.get("deployment", "hostname-deployment", None).ok().unwrap().is_null());
    }

    #[test]
    fn a_script_takes_up_a_story() {
        let mut playground = playground();
        playground.apply(MANIFEST).ok().unwrap();
        playground.run(10_000.0);
        let pods = "kubectl get pods -o wide";
        let before = text(&playground.kubectl(pods).ok().unwrap(), "stdout");
        let story = playground.story().ok().unwrap();
        let mut other = Playground::of_story(&story).ok().unwrap();
        assert_eq!(other.now(), playground.now());
        assert_eq!(text(&other.kubectl(pods).ok().unwrap(), "stdout"), before);
        other.kubectl("kubectl delete deployment hostname-deployment").ok().unwrap();
        other.reset();
        assert_eq!(text(&other.kubectl(pods).ok().unwrap(), "stdout"), before);
        assert!(Playground::of_story("1.nothing").is_err());
    }

    async fn sleep(milliseconds: i32) {
        let promise = js_sys::Promise::new(&mut |done, _| {
            web_sys::window()
                .unwrap()
                .set_timeout_with_callback_and_timeout_and_arguments_0(&done, milliseconds)
                .unwrap();
        });
        wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
    }

    /// A session that notes what the page asks of it.
    struct Noting {
        session: Session,
        commands: Rc<RefCell<Vec<Command>>>,
    }

    impl Backend for Noting {
        fn command(&mut self, command: Command) {
            self.commands.borrow_mut().push(command.clone());
            self.session.command(command);
        }

        fn advance(&mut self, real_ms: f64, budget_ms: f64, clock: &dyn Fn() -> f64) -> bool {
            self.session.advance(real_ms, budget_ms, clock)
        }

        fn frame(&self) -> Rc<Frame> {
            self.session.frame()
        }
    }

    #[test]
    async fn the_page_draws_frames_and_sends_commands() {
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("div").unwrap();
        document.body().unwrap().append_child(&root).unwrap();
        let commands = Rc::new(RefCell::new(Vec::new()));
        let backend = Noting { session: Session::new(Options::default()), commands: Rc::clone(&commands) };
        tabernetes::ui::mount(root.clone(), Rc::new(RefCell::new(backend)));
        sleep(600).await;
        assert_eq!(root.query_selector_all(".node").unwrap().length(), 3);
        let button = |name: &str| {
            let all = root.query_selector_all("button").unwrap();
            (0..all.length())
                .filter_map(|index| all.get(index)?.dyn_into::<web_sys::HtmlElement>().ok())
                .find(|button| button.text_content().unwrap_or_default().starts_with(name))
                .unwrap_or_else(|| panic!("no button {name}"))
        };
        button("Apply").click();
        button("Send").click();
        sleep(300).await;
        assert!(commands.borrow().contains(&Command::Apply));
        let asked = |command: &Command| matches!(command, Command::Request { ask, count: 1 } if &*ask.from == "pod/default/client");
        assert!(commands.borrow().iter().any(asked), "{:?}", commands.borrow());
        assert!(root.query_selector(".trace").unwrap().is_some());
    }
}
