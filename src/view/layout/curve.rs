//! Points, rectangles and the smooth curves between them.

/// A point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A card's place.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// The middle.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// The bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }
}

/// A cubic Bézier curve that leaves and arrives horizontally.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Where it starts.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
    /// How far its handles reach.
    reach: f64,
}

impl Curve {
    /// From the facing side of one card to the facing side of the other, each end moved down by its offset.
    pub fn between(from: &Rect, to: &Rect, from_offset: f64, to_offset: f64) -> Curve {
        let (a, b) = (from.centre(), to.centre());
        let rightward = a.x <= b.x;
        let start = Point { x: if rightward { from.right() } else { from.x }, y: a.y + from_offset };
        let end = Point { x: if rightward { to.x } else { to.right() }, y: b.y + to_offset };
        let gap = (end.x - start.x).abs();
        let reach = (gap * 0.5).clamp(18.0, 90.0) * if rightward { 1.0 } else { -1.0 };
        Curve { from: start, to: end, reach }
    }

    /// The point at `t` of the way, from 0 to 1.
    pub fn at(&self, t: f64) -> Point {
        let s = 1.0 - t;
        let (a, b, c, d) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
        let (x1, x2) = (self.from.x + self.reach, self.to.x - self.reach);
        Point { x: a * self.from.x + b * x1 + c * x2 + d * self.to.x, y: (a + b) * self.from.y + (c + d) * self.to.y }
    }

    /// As the `d` of an SVG path.
    pub fn path(&self) -> String {
        let Curve { from, to, reach } = self;
        format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            from.x,
            from.y,
            from.x + reach,
            from.y,
            to.x - reach,
            to.y,
            to.x,
            to.y
        )
    }
}
