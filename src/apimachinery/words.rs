//! Texts that come again and again, each kept once.

use super::Text;

/// Up to `MOST` texts; further ones are not remembered.
#[derive(Clone, Debug, Default)]
pub struct Words<const MOST: usize>(Vec<Text>);

impl<const MOST: usize> Words<MOST> {
    /// The text of a word: the one that was given before, where it is remembered.
    pub fn get(&mut self, word: &str) -> Text {
        if let Some(known) = self.0.iter().find(|w| **w == word) {
            return known.clone();
        }
        let new = Text::from(word);
        if self.0.len() < MOST {
            self.0.push(new.clone());
        }
        new
    }
}
