//! Requests on their way: dots on a canvas laid over the picture. It draws only while something moves, and not at all for
//! users who asked for less motion (the way itself is drawn by `wires::Route`).

use crate::ui::dom;
use crate::view::layout::{Camera, Curve, Layout};
use crate::view::model::request::{RequestView, Segment};
use crate::view::model::{Shared, Tone};
use gloo::render::{AnimationFrame, request_animation_frame};
use std::cell::RefCell;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

/// The most dots drawn at once.
const MOST: usize = 100;
/// Time between the starts of two requests of a volley, in milliseconds.
const STAGGER: f64 = 24.0;

#[derive(Properties, PartialEq)]
pub struct DotsProps {
    pub layout: Shared<Layout>,
    pub camera: Camera,
    pub size: (f64, f64),
    pub request: Shared<RequestView>,
}

/// One request under way.
struct Dot {
    starts: f64,
    way: Vec<(Curve, f64, Tone)>,
}

/// What moves, and how it is seen.
struct Scene {
    camera: Camera,
    dots: Vec<Dot>,
    next: Option<AnimationFrame>,
}

/// The canvas.
#[component]
pub fn Dots(props: &DotsProps) -> Html {
    let node = use_node_ref();
    let camera = props.camera;
    let scene = use_mut_ref(|| Scene { camera, dots: Vec::new(), next: None });
    scene.borrow_mut().camera = camera;
    {
        let (node, layout, request) = (node.clone(), props.layout.clone(), props.request.clone());
        let ids = (request.trace.as_ref().map(|trace| trace.id), request.flights.as_ref().map(|flights| flights.id));
        // What was there before the picture was opened does not move again.
        let seen = use_mut_ref(|| ids);
        let scene = Rc::clone(&scene);
        use_effect_with(ids, move |ids| {
            let before = seen.replace(*ids);
            let mut ways: Vec<&Vec<Segment>> = Vec::new();
            if ids.0 != before.0 {
                ways.extend(request.trace.iter().map(|trace| &trace.segments));
            }
            if ids.1 != before.1 {
                ways.extend(request.flights.iter().flat_map(|flights| &flights.ways));
            }
            if ways.is_empty() || dom::reduced_motion() {
                return;
            }
            let now = dom::now();
            let dots = ways.into_iter().take(MOST).enumerate();
            scene.borrow_mut().dots.extend(dots.map(|(index, way)| Dot {
                starts: now + index as f64 * STAGGER,
                way: way.iter().filter_map(|segment| stretch(&layout, segment)).collect(),
            }));
            if let Some(canvas) = node.cast::<HtmlCanvasElement>() {
                turn(canvas, scene);
            }
        });
    }
    use_effect_with((), move |()| move || drop(scene.borrow_mut().next.take()));
    let (width, height) = props.size;
    let density = dom::window().device_pixel_ratio();
    html! {
        <canvas ref={node} class="dots" aria-hidden="true" width={(width * density).round().to_string()}
            height={(height * density).round().to_string()} style={format!("width:{width}px;height:{height}px")}></canvas>
    }
}

fn stretch(layout: &Layout, segment: &Segment) -> Option<(Curve, f64, Tone)> {
    Some((layout.way(&segment.from, &segment.to)?, f64::from(segment.millis).max(1.0), segment.tone))
}

/// Draws all dots as they are now, and comes back for the next frame while any is under way.
fn turn(canvas: HtmlCanvasElement, scene: Rc<RefCell<Scene>>) {
    let context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into().ok());
    let Some(context): Option<CanvasRenderingContext2d> = context else { return };
    let now = dom::now();
    let again = {
        let mut scene = scene.borrow_mut();
        draw(&canvas, &context, &scene, now);
        scene.dots.retain(|dot| now < dot.starts + dot.way.iter().map(|(_, millis, _)| millis).sum::<f64>());
        !scene.dots.is_empty()
    };
    let next = again.then(|| {
        let scene = Rc::clone(&scene);
        request_animation_frame(move |_| turn(canvas, scene))
    });
    if next.is_none() {
        context.clear_rect(0.0, 0.0, 1e5, 1e5);
    }
    scene.borrow_mut().next = next;
}

fn draw(canvas: &HtmlCanvasElement, context: &CanvasRenderingContext2d, scene: &Scene, now: f64) {
    let density = dom::window().device_pixel_ratio();
    let style = dom::window().get_computed_style(canvas).ok().flatten();
    let colour = |name: &str| style.as_ref().and_then(|style| style.get_property_value(name).ok()).unwrap_or_default();
    let (accent, bad) = (colour("--accent"), colour("--bad"));
    // Only a broken canvas refuses its own identity matrix.
    let _ = context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, 1e5, 1e5);
    for dot in &scene.dots {
        let mut elapsed = now - dot.starts;
        if elapsed < 0.0 {
            continue;
        }
        let Some((curve, millis, tone)) = dot.way.iter().find(|(_, millis, _)| {
            let here = elapsed < *millis;
            if !here {
                elapsed -= millis;
            }
            here
        }) else {
            continue;
        };
        let t = elapsed / millis;
        let point = scene.camera.project(curve.at(t * t * (3.0 - 2.0 * t)));
        context.set_fill_style_str(if *tone == Tone::Bad { &bad } else { &accent });
        for (radius, alpha) in [(11.0, 0.18), (5.5, 1.0)] {
            context.set_global_alpha(alpha);
            context.begin_path();
            // An arc with a positive radius is always accepted.
            let _ = context.arc(point.x, point.y, radius, 0.0, TAU);
            context.fill();
        }
    }
    context.set_global_alpha(1.0);
}
