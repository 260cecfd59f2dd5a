//! The page's components: they draw plain data and emit intents. No logic, no web calls.

mod activity;
mod app;
mod calm;
mod ctx;
mod dialogs;
mod editor;
mod icons;
mod inspector;
mod map;
mod notices;
mod pane;
mod results;
mod say;
mod state;
mod terminal;
mod topbar;
mod words;

pub use app::{App, AppProps};
