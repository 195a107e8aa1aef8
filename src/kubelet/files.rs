//! What was written into containers and volumes while they ran.
//!
//! A place is a container's id (its own file system, gone with the container) or a volume; the files that an image or a
//! ConfigMap brings are not here.

use crate::base::Str;
use crate::base::pmap::PMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Files by path; `None` is a file that was removed.
pub type Tree = BTreeMap<Str, Option<Str>>;

/// All that was written.
#[derive(Clone, Default)]
pub struct Files(PMap<Str, Rc<Tree>>);

impl Files {
    /// What was written in a place.
    pub fn of(&self, place: &str) -> Option<&Tree> {
        self.0.get(&Str::from(place)).map(|tree| &**tree)
    }

    /// Writes or removes a file.
    pub fn write(&mut self, place: &Str, path: &Str, text: Option<Str>) {
        let mut tree = self.0.get(place).map(|tree| (**tree).clone()).unwrap_or_default();
        tree.insert(path.clone(), text);
        self.0.insert(place.clone(), Rc::new(tree));
    }
}
