//! Which part of the picture is in sight: pan, zoom, fit.

use super::{Layout, Point};

/// The least zoom at which words can still be read; a fit does not go below it when the panel is small.
const LEGIBLE: f64 = 0.68;
/// A fit does not blow a small cluster up beyond this.
const LARGEST_FIT: f64 = 1.2;
/// The zooms that can be reached by hand.
const RANGE: (f64, f64) = (0.1, 4.0);
/// Room a fit leaves at each side, in panel pixels.
const ROOM: f64 = 6.0;

/// A picture point `p` is shown at panel pixel `p * zoom + (x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Moves to the right.
    pub x: f64,
    /// Moves down.
    pub y: f64,
    /// Enlarges.
    pub zoom: f64,
}

impl Camera {
    /// Shows all of the picture in a panel of this size; when it would get too small to read, its upper part around the
    /// pods.
    pub fn fit(layout: &Layout, width: f64, height: f64) -> Camera {
        let (w, h) = (layout.width.max(1.0), layout.height.max(1.0));
        let whole = ((width - 2.0 * ROOM) / w).min((height - 2.0 * ROOM) / h);
        let zoom = whole.clamp(LEGIBLE.min(LARGEST_FIT), LARGEST_FIT);
        let zoom = if layout.places.len() > 150 { whole.clamp(RANGE.0, LARGEST_FIT) } else { zoom };
        let spare = |panel: f64, picture: f64| panel - picture * zoom;
        let x = match layout.middle() {
            // Too wide: what matters most is in the middle, the pods.
            Some(middle) if spare(width, w) < 2.0 * ROOM => {
                (width / 2.0 - middle * zoom).clamp((spare(width, w) - ROOM).min(ROOM), ROOM)
            }
            _ => (spare(width, w) / 2.0).max(ROOM),
        };
        // Rather high than in the middle, as a page is read.
        Camera { x, y: (spare(height, h) * 0.3).max(ROOM), zoom }
    }

    /// Enlarges by `factor`, with the picture point under panel pixel `at` staying there.
    pub fn zoomed(self, factor: f64, at: Point) -> Camera {
        let zoom = (self.zoom * factor).clamp(RANGE.0, RANGE.1);
        let ratio = zoom / self.zoom;
        Camera { x: at.x - (at.x - self.x) * ratio, y: at.y - (at.y - self.y) * ratio, zoom }
    }

    /// Moves the picture by panel pixels.
    pub fn moved(self, dx: f64, dy: f64) -> Camera {
        Camera { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// Where a picture point is in the panel.
    pub fn project(&self, point: Point) -> Point {
        Point { x: point.x * self.zoom + self.x, y: point.y * self.zoom + self.y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_shows_all_or_stays_legible() {
        let layout = Layout { width: 800.0, height: 500.0, ..Layout::default() };
        let wide = Camera::fit(&layout, 900.0, 600.0);
        assert!(wide.zoom > 1.0 && wide.zoom <= 1.2);
        assert!(wide.x >= 0.0 && 800.0 * wide.zoom + wide.x <= 900.0);
        let phone = Camera::fit(&layout, 360.0, 600.0);
        assert_eq!((phone.zoom, phone.x), (LEGIBLE, ROOM));
    }

    #[test]
    fn a_fit_that_cannot_show_all_shows_the_pods() {
        let node = crate::view::layout::Rect { x: 300.0, y: 44.0, w: 200.0, h: 100.0 };
        let places = [("node/a".into(), node)].into_iter().collect();
        let layout = Layout { width: 800.0, height: 500.0, places, ..Layout::default() };
        let phone = Camera::fit(&layout, 390.0, 600.0);
        assert_eq!(phone.project(Point { x: 400.0, y: 0.0 }).x, 195.0);
        // Never beyond the picture's edges.
        let narrow = Camera::fit(&Layout { width: 590.0, ..layout }, 390.0, 600.0);
        assert!(narrow.x <= ROOM && narrow.x + 590.0 * narrow.zoom >= 390.0 - ROOM - 0.001);
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let camera = Camera { x: 10.0, y: 20.0, zoom: 1.0 };
        let zoomed = camera.zoomed(2.0, Point { x: 110.0, y: 120.0 });
        assert_eq!(zoomed.project(Point { x: 100.0, y: 100.0 }), Point { x: 110.0, y: 120.0 });
        assert_eq!(camera.zoomed(1000.0, Point::default()).zoom, RANGE.1);
    }
}
