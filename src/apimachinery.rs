//! Objects and the machinery on them: what every other part stands on.

pub mod cidr;
pub mod descriptions;
pub mod duration;
pub mod field_errors;
pub mod fields;
pub mod hash;
pub mod http;
pub mod image_name;
pub mod intstr;
pub mod json;
pub mod jsonpath;
pub mod labels;
pub mod managed_fields;
pub mod meta;
pub mod names;
pub mod patch;
pub mod quantity;
pub mod rng;
pub mod schema;
pub mod status;
pub mod strconv;
pub mod tabwriter;
pub mod text;
pub mod time;
pub mod value;
pub mod wire;
pub mod yaml;

pub use field_errors::{ErrorList, FieldError, Path};
pub use fields::FieldSelector;
pub use labels::Selector;
pub use quantity::Quantity;
pub use rng::Rng;
pub use status::{Status, StatusCause};
pub use text::Text;
pub use time::Timestamp;
pub use value::{List, Map, NULL, Value};
