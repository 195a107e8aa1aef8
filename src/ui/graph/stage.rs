//! The stage: the picture behind its camera, the pointer, and the arrow keys. One listener serves all cards; a card is
//! found by its `data-key`.

use super::cards::{CardsProps, Clients, Headings, Ingresses, Nodes, Owners, Services, Tiles};
use super::dots::Dots;
use super::labels::LabelCards;
use super::menu::MenuAt;
use super::pods::Pods;
use super::wires::{Halo, Route, Wires};
use crate::base::Str;
use crate::ui::context::{Page, t, use_page};
use crate::ui::dom;
use crate::ui::parts::{Icon, IconName};
use crate::ui::state::{Dialog, UiAction};
use crate::view::layout::{self, Camera, Layout, Lens, Point};
use crate::view::model::request::RequestView;
use crate::view::model::{Command, GraphView, Shared};
use gloo::timers::callback::Timeout;
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct StageProps {
    pub graph: Shared<GraphView>,
    pub layout: Shared<Layout>,
    pub lens: Lens,
    pub selected: Option<Str>,
    pub request: Shared<RequestView>,
}

/// How far a pointer may move and still be a click, in pixels.
const CLICK: f64 = 4.0;
/// What a key or a button zooms by.
const ZOOM: f64 = 1.25;
/// How far an arrow key moves the picture when no card has the focus.
const PAN: f64 = 60.0;

/// How long a finger must rest on a card for its menu, in milliseconds. (Not every browser says so itself.)
const LONG_PRESS: u32 = 500;

/// The pointers that are down, where they are, and how far they have moved.
#[derive(Default)]
struct Drag {
    pointers: BTreeMap<i32, Point>,
    travelled: f64,
    /// A finger rests on a card; dropping it ends the wait.
    press: Option<Timeout>,
}

/// The stage.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let size = use_size(node.clone());
    // Where the user moved it; until then, and after Fit, it fits.
    let by_hand = use_state_eq(|| None::<Camera>);
    let hovered = use_state_eq(|| None::<Str>);
    let drag = use_mut_ref(Drag::default);
    let jumps = use_jump(&props.layout, props.lens);
    let camera = by_hand.unwrap_or_else(|| Camera::fit(&props.layout, size.0, size.1));
    let middle = Point { x: size.0 / 2.0, y: size.1 / 2.0 };
    let zoom = {
        let by_hand = by_hand.clone();
        move |factor: f64, at: Point| by_hand.set(Some(camera.zoomed(factor, at)))
    };

    use_wheel(node.clone(), by_hand.clone(), camera);
    let onpointerdown = {
        let (page, shared, node) = (page.clone(), drag.clone(), node.clone());
        move |event: PointerEvent| {
            let mut drag = shared.borrow_mut();
            if drag.pointers.is_empty() {
                drag.travelled = 0.0;
            }
            drag.pointers.insert(event.pointer_id(), place_in(&node, &event));
            let finger = event.pointer_type() == "touch" && drag.pointers.len() == 1;
            drag.press = dom::key_of(&event).filter(|_| finger).map(|key| {
                let (page, drag) = (page.clone(), shared.clone());
                let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                Timeout::new(LONG_PRESS, move || {
                    // The finger's going up is no click then.
                    drag.borrow_mut().travelled = CLICK;
                    open_menu(&page, &key, Some(at));
                })
            });
        }
    };
    let onpointermove = {
        let (drag, node, by_hand) = (drag.clone(), node.clone(), by_hand.clone());
        move |event: PointerEvent| {
            let mut drag = drag.borrow_mut();
            let here = place_in(&node, &event);
            let Some(before) = drag.pointers.insert(event.pointer_id(), here) else {
                drag.pointers.remove(&event.pointer_id());
                return;
            };
            drag.travelled += (here.x - before.x).hypot(here.y - before.y);
            if drag.travelled < CLICK {
                return;
            }
            drag.press = None;
            if let Some(element) = node.cast::<Element>() {
                // Without capture the drag merely ends at the panel's edge.
                let _ = element.set_pointer_capture(event.pointer_id());
            }
            let other = drag.pointers.iter().find(|(id, _)| **id != event.pointer_id()).map(|(_, point)| *point);
            let moved = match other {
                None => camera.moved(here.x - before.x, here.y - before.y),
                Some(other) => {
                    let apart = |point: Point| (point.x - other.x).hypot(point.y - other.y).max(1.0);
                    camera.zoomed(apart(here) / apart(before), other)
                }
            };
            by_hand.set(Some(moved));
        }
    };
    let onpointerup = {
        let drag = drag.clone();
        move |event: PointerEvent| {
            let mut drag = drag.borrow_mut();
            drag.pointers.remove(&event.pointer_id());
            drag.press = None;
        }
    };
    let drag_for_menu = drag.clone();
    let onclick = {
        let (page, drag, graph, lens) = (page.clone(), drag, props.graph.clone(), props.lens);
        move |event: MouseEvent| {
            if drag.borrow().travelled >= CLICK {
                return;
            }
            match (dom::key_of(&event), dom::label_of(&event)) {
                (Some(key), Some(pair)) if lens == Lens::Labels && key.starts_with("pod/") => {
                    edit_label(&page, &graph, &key, &pair);
                }
                (key, _) => choose(&page, key),
            }
        }
    };
    let oncontextmenu = {
        let (page, drag) = (page.clone(), drag_for_menu);
        move |event: MouseEvent| {
            if let Some(key) = dom::key_of(&event) {
                event.prevent_default();
                drag.borrow_mut().travelled = CLICK;
                open_menu(&page, &key, Some((f64::from(event.client_x()), f64::from(event.client_y()))));
            }
        }
    };
    let onpointerover = {
        let hovered = hovered.clone();
        move |event: PointerEvent| {
            let label = dom::label_of(&event).map(|label| format!("label/{label}"));
            hovered.set(label.or_else(|| dom::key_of(&event)).map(Str::from));
        }
    };
    let onpointerleave = {
        let hovered = hovered.clone();
        move |_: PointerEvent| hovered.set(None)
    };
    let onkeydown = {
        let (page, layout, by_hand, zoom) = (page.clone(), props.layout.clone(), by_hand.clone(), zoom.clone());
        let (graph, lens) = (props.graph.clone(), props.lens);
        move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let focused = dom::key_of(&event);
            let (dx, dy) = match event.key().as_str() {
                "ArrowLeft" => (-1.0, 0.0),
                "ArrowRight" => (1.0, 0.0),
                "ArrowUp" => (0.0, -1.0),
                "ArrowDown" => (0.0, 1.0),
                "Enter" | " " => {
                    event.prevent_default();
                    return choose(&page, focused);
                }
                "l" if lens == Lens::Labels => {
                    event.prevent_default();
                    return focused.map_or((), |key| edit_label(&page, &graph, &key, super::labels::NEW));
                }
                "Delete" => return focused.map_or((), |key| page.send(Command::Delete(key.into()))),
                "m" | "M" | "ContextMenu" => match &focused {
                    Some(key) => {
                        event.prevent_default();
                        return open_menu(&page, key, None);
                    }
                    None => return,
                },
                "F10" if event.shift_key() => {
                    event.prevent_default();
                    return focused.map_or((), |key| open_menu(&page, &key, None));
                }
                "Escape" => return page.send(Command::Select(None)),
                "," => return page.send(Command::StepBack),
                "." => return page.send(Command::Step),
                "p" | "P" => return page.send(Command::PauseOrPlay),
                "+" | "=" => return zoom(ZOOM, middle),
                "-" => return zoom(1.0 / ZOOM, middle),
                "0" => return by_hand.set(None),
                _ => return,
            };
            event.prevent_default();
            if event.shift_key() {
                return by_hand.set(Some(camera.moved(-dx * PAN, -dy * PAN)));
            }
            let next = match &focused {
                Some(key) => layout.neighbour(key, dx, dy),
                None => first_card(&layout),
            };
            if let Some(key) = next {
                dom::focus_id(&dom::card_id(key));
            }
        }
    };

    let graph = &props.graph;
    let layout = &props.layout;
    let pointed = (*hovered).clone().or_else(|| props.selected.clone());
    let lit: Vec<Str> = match (pointed, props.lens) {
        (Some(pointed), Lens::Labels) => layout::lit(graph, &pointed),
        (pointed, _) => pointed.into_iter().collect(),
    };
    let empty = graph.pod_count == 0 && graph.services.is_empty() && graph.owners.is_empty();
    html! {
        <div ref={node} class={classes!("stage", jumps.then_some("jumps"))} {onpointerdown} {onpointermove} onpointercancel={onpointerup.clone()} {onpointerup}
            {onpointerover} {onpointerleave}>
            <svg class="picture" width={size.0.to_string()} height={size.1.to_string()} tabindex="0" role="group"
                aria-label={t!(page, "ui.graph-label")} {onclick} {oncontextmenu} {onkeydown}>
                <g transform={format!("translate({:.2} {:.2}) scale({:.4})", camera.x, camera.y, camera.zoom)}>
                    <Headings layout={layout.clone()} />
                    <Nodes graph={graph.clone()} layout={layout.clone()} />
                    <Wires layout={layout.clone()} lit={lit.clone()} />
                    <Route layout={layout.clone()} trace={props.request.trace.clone()} />
                    <g>{ if props.lens == Lens::Labels {
                        html! { <LabelCards graph={graph.clone()} layout={layout.clone()} /> }
                    } else {
                        html! { <Cards graph={graph.clone()} layout={layout.clone()} /> }
                    } }</g>
                    <Halo layout={layout.clone()} selected={props.selected.clone()} hovered={if hovered.is_some() { lit } else { Vec::new() }} />
                </g>
            </svg>
            <Dots layout={layout.clone()} {camera} {size} request={props.request.clone()} />
            <div class="stage-note" hidden={!empty}><p>{ t!(page, "ui.graph-empty") }</p></div>
            <div class="zoom" role="group" aria-label={t!(page, "ui.zoom")}>
                <button type="button" class="icon-button" aria-label={t!(page, "ui.zoom-in")} title={t!(page, "ui.zoom-in")}
                    onclick={let zoom = zoom.clone(); move |_| zoom(ZOOM, middle)}><Icon name={IconName::Plus} /></button>
                <button type="button" class="icon-button" aria-label={t!(page, "ui.zoom-out")} title={t!(page, "ui.zoom-out")}
                    onclick={move |_| zoom(1.0 / ZOOM, middle)}><Icon name={IconName::Minus} /></button>
                <button type="button" class="icon-button" aria-label={t!(page, "ui.zoom-fit")} title={t!(page, "ui.zoom-fit")}
                    onclick={move |_| by_hand.set(None)}><Icon name={IconName::Fit} /></button>
            </div>
        </div>
    }
}

/// Whether the picture has another shape than a moment ago, so that cards go to their places at once: cards that slide while
/// others appear would lie over each other.
#[hook]
fn use_jump(layout: &Layout, lens: Lens) -> bool {
    /// So long after a change of the shape nothing slides, in milliseconds.
    const MOMENT: f64 = 200.0;
    let last = use_mut_ref(|| (None, 0.0));
    let mut last = last.borrow_mut();
    let shape = Some((layout.width, layout.density, lens));
    if last.0 != shape {
        *last = (shape, dom::now());
    }
    dom::now() - last.1 < MOMENT
}

/// The cards of the lenses that show things as what they are.
#[component]
fn Cards(props: &CardsProps) -> Html {
    let CardsProps { graph, layout } = props;
    html! {
        <g>
            <Clients graph={graph.clone()} layout={layout.clone()} />
            <Ingresses graph={graph.clone()} layout={layout.clone()} />
            <Services graph={graph.clone()} layout={layout.clone()} />
            <Pods graph={graph.clone()} layout={layout.clone()} />
            <Tiles graph={graph.clone()} layout={layout.clone()} />
            <Owners graph={graph.clone()} layout={layout.clone()} />
        </g>
    }
}

/// Opens the menu of a card: where the pointer is, or at the card. The card is selected, so that what can be done is known.
fn open_menu(page: &Page, key: &str, at: Option<(f64, f64)>) {
    let at_card = || {
        let rect = gloo::utils::document().get_element_by_id(&dom::card_id(key))?.get_bounding_client_rect();
        Some((rect.left() + 16.0, rect.top() + 16.0))
    };
    let Some((x, y)) = at.filter(|at| *at != (0.0, 0.0)).or_else(at_card) else { return };
    page.send(Command::Select(Some(key.into())));
    page.act(UiAction::Menu(Some(MenuAt { card: key.into(), x, y })));
}

/// Opens the labels of the pods of a card, at the pair that was pointed at.
fn edit_label(page: &Page, graph: &GraphView, key: &str, pair: &str) {
    let pods = layout::lit(graph, key);
    if key.starts_with("pod/") {
        page.act(UiAction::Dialog(Some(Dialog::Label { pods, pair: pair.into() })));
    }
}

fn choose(page: &Page, key: Option<String>) {
    match key {
        Some(key) if key.starts_with("tile/") => page.send(Command::Unfold(key.into())),
        Some(key) => page.pick(&Str::from(key)),
        None => page.send(Command::Select(None)),
    }
}

/// Where the arrow keys begin: at the upper left.
fn first_card(layout: &Layout) -> Option<&Str> {
    let corner = |place: &crate::view::layout::Rect| place.x + place.y;
    layout.places.iter().min_by(|a, b| corner(a.1).total_cmp(&corner(b.1))).map(|(key, _)| key)
}

/// Where in the stage a pointer is.
fn place_in(node: &NodeRef, event: &MouseEvent) -> Point {
    let origin = node.cast::<Element>().map(|element| element.get_bounding_client_rect());
    let (x, y) = origin.map_or((0.0, 0.0), |origin| (origin.left(), origin.top()));
    Point { x: f64::from(event.client_x()) - x, y: f64::from(event.client_y()) - y }
}

/// The wheel moves the picture; with Ctrl or Cmd (and so with a pinch on a touchpad) it zooms. The listener must be allowed
/// to prevent the page from scrolling, which Yew's own listeners are not.
#[hook]
fn use_wheel(node: NodeRef, by_hand: UseStateHandle<Option<Camera>>, camera: Camera) {
    let current = use_mut_ref(|| camera);
    *current.borrow_mut() = camera;
    use_effect_with((), move |()| {
        let listener = node.cast::<Element>().map(|element| {
            let options = gloo::events::EventListenerOptions::enable_prevent_default();
            gloo::events::EventListener::new_with_options(&element, "wheel", options, move |event| {
                let Some(event) = event.dyn_ref::<WheelEvent>() else { return };
                event.prevent_default();
                let camera = *current.borrow();
                let lines = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { 16.0 } else { 1.0 };
                let (dx, dy) = (event.delta_x() * lines, event.delta_y() * lines);
                let next = if event.ctrl_key() || event.meta_key() {
                    camera.zoomed((-dy * 0.01).clamp(-0.5, 0.5).exp(), place_in(&node, event))
                } else {
                    camera.moved(-dx, -dy)
                };
                *current.borrow_mut() = next;
                by_hand.set(Some(next));
            })
        });
        move || drop(listener)
    });
}

/// The element's width and height, kept up to date.
#[hook]
fn use_size(node: NodeRef) -> (f64, f64) {
    let size = use_state_eq(|| (760.0, 520.0));
    let setter = size.setter();
    use_effect_with((), move |()| {
        let element = node.cast::<Element>();
        let measured = element.clone();
        let measure = move || {
            if let Some(element) = &measured {
                setter.set((f64::from(element.client_width()), f64::from(element.client_height())));
            }
        };
        measure();
        let on_resize = Closure::<dyn FnMut()>::new(measure);
        let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(on_resize);
        }
    });
    *size
}
