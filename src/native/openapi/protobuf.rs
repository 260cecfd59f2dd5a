//! The older OpenAPI document in its binary form (`gnostic`'s `openapiv2`), which kubectl asks for where a kind is in no document
//! of version 3.

use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::{Map, Value};

/// The media type that clients ask for.
pub const MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The one that answers bear.
pub const CONTENT_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn bytes(&mut self, number: u32, bytes: &[u8]) {
        encode_key(number, WireType::LengthDelimited, &mut self.0);
        encode_varint(bytes.len() as u64, &mut self.0);
        self.0.extend(bytes);
    }
    fn text(&mut self, number: u32, value: &Value) {
        if let Some(text) = value.as_str() {
            self.bytes(number, text.as_bytes());
        }
    }
    fn texts(&mut self, number: u32, value: &Value) {
        for text in value.as_array().into_iter().flatten() {
            self.text(number, text);
        }
    }
    fn flag(&mut self, number: u32, value: &Value) {
        if value.as_bool() == Some(true) {
            encode_key(number, WireType::Varint, &mut self.0);
            encode_varint(1, &mut self.0);
        }
    }
    fn message(&mut self, number: u32, message: Message) {
        self.bytes(number, &message.0);
    }
}

/// A name and what it stands for, as a message of a map that keeps its order.
fn named(name: &str, value: Message) -> Message {
    let mut out = Message::default();
    out.bytes(1, name.as_bytes());
    out.message(2, value);
    out
}

/// The extensions among a map's entries; each value is written as YAML, of which JSON is a part.
fn extensions(out: &mut Message, number: u32, of: &Map<String, Value>) {
    for (name, value) in of.iter().filter(|(name, _)| name.starts_with("x-")) {
        let mut any = Message::default();
        any.bytes(2, format!("{value}\n").as_bytes());
        out.message(number, named(name, any));
    }
}

/// Writes a whole document.
pub fn document(document: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, &document["swagger"]);
    let mut info = Message::default();
    info.text(1, &document["info"]["title"]);
    info.text(2, &document["info"]["version"]);
    out.message(2, info);
    let mut paths = Message::default();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        paths.message(2, named(path, path_item(item)));
    }
    out.message(8, paths);
    let mut definitions = Message::default();
    for (name, definition) in document["definitions"].as_object().into_iter().flatten() {
        definitions.message(1, named(name, schema(definition)));
    }
    out.message(9, definitions);
    out.0
}

fn path_item(item: &Value) -> Message {
    let mut out = Message::default();
    for (number, method) in [
        (2, "get"),
        (3, "put"),
        (4, "post"),
        (5, "delete"),
        (8, "patch"),
    ] {
        if let Value::Object(of) = &item[method] {
            out.message(number, operation(&item[method], of));
        }
    }
    for parameter in item["parameters"].as_array().into_iter().flatten() {
        out.message(9, self::parameter(parameter));
    }
    out
}

fn operation(operation: &Value, of: &Map<String, Value>) -> Message {
    let mut out = Message::default();
    out.texts(1, &operation["tags"]);
    out.text(5, &operation["operationId"]);
    out.texts(6, &operation["produces"]);
    out.texts(7, &operation["consumes"]);
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        out.message(8, self::parameter(parameter));
    }
    let mut responses = Message::default();
    for (code, response) in operation["responses"].as_object().into_iter().flatten() {
        let mut message = Message::default();
        message.text(1, &response["description"]);
        if response["schema"].is_object() {
            let mut item = Message::default();
            item.message(1, schema(&response["schema"]));
            message.message(2, item);
        }
        let mut value = Message::default();
        value.message(1, message);
        responses.message(1, named(code, value));
    }
    out.message(9, responses);
    out.texts(10, &operation["schemes"]);
    extensions(&mut out, 13, of);
    out
}

fn parameter(parameter: &Value) -> Message {
    let place = parameter["in"].as_str().unwrap_or_default();
    let mut own = Message::default();
    let mut out = Message::default();
    if place == "body" {
        own.text(2, &parameter["name"]);
        own.text(3, &parameter["in"]);
        own.flag(4, &parameter["required"]);
        own.message(5, schema(&parameter["schema"]));
        out.message(1, own);
    } else {
        own.flag(1, &parameter["required"]);
        own.text(2, &parameter["in"]);
        own.text(4, &parameter["name"]);
        // A parameter of a query may be empty, of a path not: its type has another number.
        let (kind, number) = if place == "query" { (6, 3) } else { (5, 4) };
        own.text(kind, &parameter["type"]);
        let mut place = Message::default();
        place.message(number, own);
        out.message(2, place);
    }
    let mut item = Message::default();
    item.message(1, out);
    item
}

fn schema(schema: &Value) -> Message {
    let mut out = Message::default();
    out.text(1, &schema["$ref"]);
    out.text(2, &schema["format"]);
    out.text(4, &schema["description"]);
    out.texts(19, &schema["required"]);
    if schema["additionalProperties"].is_object() {
        let mut item = Message::default();
        item.message(1, self::schema(&schema["additionalProperties"]));
        out.message(21, item);
    }
    if schema["type"].is_string() {
        let mut kind = Message::default();
        kind.text(1, &schema["type"]);
        out.message(22, kind);
    }
    if schema["items"].is_object() {
        let mut items = Message::default();
        items.message(1, self::schema(&schema["items"]));
        out.message(23, items);
    }
    if let Some(fields) = schema["properties"].as_object() {
        let mut properties = Message::default();
        for (name, field) in fields {
            properties.message(1, named(name, self::schema(field)));
        }
        out.message(25, properties);
    }
    if let Some(of) = schema.as_object() {
        extensions(&mut out, 31, of);
    }
    out
}
