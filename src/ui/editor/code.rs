//! The text of the file in front. The editor keeps the text; what the user types goes out as commands, and only what the
//! *session* changed (another file, another revision) goes back in.

use super::binding::{Completion, CompletionItem, Editor, Hover, Lead, Listeners, plain};
use crate::ui::context::{Page, t, use_page};
use crate::ui::driver::Bridge;
use crate::view::assist;
use crate::view::model::files::{FileView, PlaceView};
use crate::view::model::{Command, Shared};
use std::cell::RefCell;
use std::rc::Rc;
use web_sys::Element;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct CodeProps {
    pub file: Shared<FileView>,
    /// A place that the user wants to see, and another number for each wish.
    pub goto: Option<(PlaceView, u32)>,
}

/// The text.
#[component]
pub fn Code(props: &CodeProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let editor = use_mut_ref(|| None::<Editor>);
    let current = use_mut_ref(|| props.file.clone());
    *current.borrow_mut() = props.file.clone();
    // The language may change while the editor lives.
    let latest = use_mut_ref(|| page.clone());
    *latest.borrow_mut() = page.clone();

    {
        let (node, editor, bridge) = (node.clone(), Rc::clone(&editor), page.bridge.clone());
        use_effect_with((), move |()| {
            if let Some(parent) = node.cast::<Element>() {
                let listeners = listeners(bridge, current, latest);
                *editor.borrow_mut() = Some(Editor::new(&parent, listeners));
            }
            move || drop(editor.take())
        });
    }
    {
        let editor = Rc::clone(&editor);
        let file = props.file.clone();
        use_effect_with((file.id, file.revision), move |_| {
            if let Some(editor) = &*editor.borrow() {
                editor.open(&file.id.to_string(), &file.text);
            }
        });
    }
    {
        let (editor, words) = (Rc::clone(&editor), page.clone());
        use_effect_with((props.file.clone(), page.lang), move |(file, _)| {
            if let Some(editor) = &*editor.borrow() {
                editor.mark(&file.diagnostics, |text| words.say(text).to_string());
            }
        });
    }
    {
        let editor = Rc::clone(&editor);
        let label = t!(page, "ui.editor-label", file = props.file.name);
        use_effect_with((page.dark, label), move |(dark, label)| {
            if let Some(editor) = &*editor.borrow() {
                editor.dark(*dark);
                editor.label(label);
            }
        });
    }
    // The file may come to the front only after the wish was made, and a wish is granted once.
    let granted = use_mut_ref(|| props.goto.as_ref().map(|(_, wish)| *wish));
    use_effect_with((props.goto.clone(), props.file.id), move |(goto, file)| {
        if let (Some(editor), Some((place, wish))) = (&*editor.borrow(), goto)
            && place.file == *file
            && *granted.borrow() != Some(*wish)
        {
            *granted.borrow_mut() = Some(*wish);
            editor.goto(place.line, place.column);
        }
    });
    html! { <div ref={node} class="code"></div> }
}

fn listeners(bridge: Bridge, current: Rc<RefCell<Shared<FileView>>>, page: Rc<RefCell<Page>>) -> Listeners {
    let (for_change, for_apply, for_fix) = (bridge.clone(), bridge.clone(), bridge.clone());
    let (for_complete, for_hover) = (bridge.clone(), bridge);
    let (file, front, shown) = (Rc::clone(&current), Rc::clone(&current), Rc::clone(&current));
    Listeners {
        change: Box::new(move |text| {
            let file = file.borrow().id;
            for_change.send(Command::EditFile { file, text: text.into() });
        }),
        apply: Box::new(move || for_apply.send(Command::Apply)),
        fix: Box::new(move |index, which| {
            let file = current.borrow();
            if let Some(fix) = file.diagnostics.get(index).and_then(|diagnostic| diagnostic.fixes.get(which)) {
                for_fix.send(Command::ApplyFix(fix.id.clone()));
            }
        }),
        complete: Box::new(move |text, line, column| {
            let at = assist::offset(&text, line, column);
            let found = for_complete.completions(front.borrow().id, &text, at);
            plain(found.map(|found| completion(&text, found)).as_ref())
        }),
        hover: Box::new(move |text, line, column| {
            let (bridge, page, file) = (for_hover.clone(), page.borrow().clone(), shown.borrow().id);
            let at = assist::offset(&text, line, column);
            let look = move |bridge: &Bridge| {
                plain(bridge.hover(file, &text, at).map(|found| hover(&page, &text, found)).as_ref())
            };
            if bridge.has_descriptions() {
                return look(&bridge);
            }
            // The documentation comes when it is first asked for.
            wasm_bindgen_futures::future_to_promise(async move {
                bridge.load_descriptions().await;
                Ok(look(&bridge))
            })
            .into()
        }),
    }
}

fn completion(text: &str, found: assist::complete::Completion) -> Completion {
    let item = |item: assist::complete::Item| CompletionItem {
        label: item.label,
        apply: item.apply,
        detail: item.detail,
        shape: item.shape.word(),
    };
    Completion { column: assist::line_column(text, found.from).1, items: found.items.into_iter().map(item).collect() }
}

fn hover(page: &Page, text: &str, found: assist::hover::Hover) -> Hover {
    Hover {
        column: assist::line_column(text, found.range.start).1,
        end_column: assist::line_column(text, found.range.end).1,
        title: found.title,
        ty: found.ty,
        facts: found.facts.iter().map(|fact| page.say(fact).to_string()).collect(),
        leads: found
            .leads
            .iter()
            .map(|(tone, words)| Lead { tone: tone.class(), text: page.say(words).to_string() })
            .collect(),
        text: found.doc,
    }
}
