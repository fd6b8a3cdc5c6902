//! Types of WIT values, taken once from a component's own types: values are then read and made along them, without code for each interface.
use wasmtime::component::types::Type;

/// A type.
#[derive(Debug, PartialEq)]
pub enum Shape {
    Bool,
    Char,
    String,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    List(Box<Shape>),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
    Record(Vec<Field>),
    Tuple(Vec<Shape>),
    Variant(Vec<(String, Option<Shape>)>),
    Enum(Vec<String>),
}

/// A field of a record, by its names in WIT and in JavaScript.
#[derive(Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub key: String,
    pub shape: Shape,
}

impl Field {
    pub fn new(name: &str, shape: Shape) -> Field {
        Field { name: name.to_string(), key: camel_case(name), shape }
    }
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('-');
    let mut key = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let mut letters = part.chars();
        key.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        key.push_str(letters.as_str());
    }
    key
}

/// Levels of a type. `aria:host` has 5; each is a recursion here.
const DEPTH_MAX: usize = 32;

impl Shape {
    /// The shape of a type; an error for what no value of `aria:host` is.
    pub fn of(found: &Type) -> wasmtime::Result<Shape> {
        Shape::at(found, 0)
    }

    fn at(found: &Type, depth: usize) -> wasmtime::Result<Shape> {
        if depth > DEPTH_MAX {
            wasmtime::bail!("a type nests deeper than {DEPTH_MAX}");
        }
        let boxed = |inner: Type| Shape::at(&inner, depth + 1).map(Box::new);
        Ok(match found {
            Type::Bool => Shape::Bool,
            Type::Char => Shape::Char,
            Type::String => Shape::String,
            Type::S8 => Shape::S8,
            Type::U8 => Shape::U8,
            Type::S16 => Shape::S16,
            Type::U16 => Shape::U16,
            Type::S32 => Shape::S32,
            Type::U32 => Shape::U32,
            Type::S64 => Shape::S64,
            Type::U64 => Shape::U64,
            Type::Float32 => Shape::F32,
            Type::Float64 => Shape::F64,
            Type::List(list) => Shape::List(boxed(list.ty())?),
            Type::Option(option) => Shape::Option(boxed(option.ty())?),
            Type::Result(result) => {
                Shape::Result(result.ok().map(boxed).transpose()?, result.err().map(boxed).transpose()?)
            }
            Type::Record(record) => {
                let fields = record.fields().map(|field| Ok(Field::new(field.name, Shape::at(&field.ty, depth + 1)?)));
                Shape::Record(fields.collect::<wasmtime::Result<_>>()?)
            }
            Type::Tuple(tuple) => {
                Shape::Tuple(tuple.types().map(|part| Shape::at(&part, depth + 1)).collect::<wasmtime::Result<_>>()?)
            }
            Type::Variant(variant) => {
                let cases = variant.cases().map(|case| {
                    let shape = case.ty.as_ref().map(|inner| Shape::at(inner, depth + 1)).transpose()?;
                    Ok((case.name.to_string(), shape))
                });
                Shape::Variant(cases.collect::<wasmtime::Result<_>>()?)
            }
            Type::Enum(names) => Shape::Enum(names.names().map(str::to_string).collect()),
            _ => wasmtime::bail!("a host function has values of a kind that aria:host does not know"),
        })
    }
}
