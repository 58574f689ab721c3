use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Things known by their place, from 0. A clone shares them all; changing one copies that one alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Numbered<T>(imbl::Vector<Arc<T>>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered(imbl::Vector::new())
    }
}

impl<T: Clone> Numbered<T> {
    pub fn get(&self, number: u32) -> Option<&T> {
        self.0.get(number as usize).map(|item| &**item)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.0.get_mut(number as usize).map(Arc::make_mut)
    }

    pub(super) fn push(&mut self, item: T) {
        self.0.push_back(Arc::new(item));
    }

    /// With their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> + Clone {
        (0..).zip(self.values())
    }

    pub fn values(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.iter().map(|item| &**item)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Clone> FromIterator<T> for Numbered<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Numbered(items.into_iter().map(Arc::new).collect())
    }
}
