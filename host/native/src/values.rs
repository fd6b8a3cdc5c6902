//! WIT values between wasmtime (`Val`) and JavaScript, in jco's conventions: fields in camel case, `{ tag, val }` for variants and nested results,
//! `undefined` for none, typed arrays for lists of numbers, `bigint` for 64 bits. One host in TypeScript so serves both engines.
use crate::js::Js;
use crate::refused;
use crate::shape::Shape;
use napi::{Result, sys};
use wasmtime::component::Val;

type Value = sys::napi_value;

fn integer(js: Js, value: Value, low: f64, high: f64) -> Result<f64> {
    let number = js.read_number(value)?;
    if number.fract() == 0.0 && (low..=high).contains(&number) {
        Ok(number)
    } else {
        Err(refused(format!("expected an integer in {low} to {high}")))
    }
}

fn wide<T>(
    js: Js,
    value: Value,
    read: unsafe extern "C" fn(sys::napi_env, Value, *mut T, *mut bool) -> sys::napi_status,
) -> Result<T>
where
    T: Default,
{
    let (mut number, mut lossless) = (T::default(), false);
    // SAFETY: both places are live for the call.
    let status = unsafe { read(js.0, value, &mut number, &mut lossless) };
    if status == sys::Status::napi_ok && lossless { Ok(number) } else { Err(refused("expected a bigint of 64 bits")) }
}

unsafe extern "C" fn read_i64(
    env: sys::napi_env,
    value: Value,
    out: *mut i64,
    lossless: *mut bool,
) -> sys::napi_status {
    unsafe { sys::napi_get_value_bigint_int64(env, value, out, lossless) }
}

unsafe extern "C" fn read_u64(
    env: sys::napi_env,
    value: Value,
    out: *mut u64,
    lossless: *mut bool,
) -> sys::napi_status {
    unsafe { sys::napi_get_value_bigint_uint64(env, value, out, lossless) }
}

/// Reads a value from JavaScript. An error says what was expected, and where.
pub fn from_js(js: Js, value: Value, shape: &Shape) -> Result<Val> {
    Ok(match shape {
        Shape::Bool => Val::Bool(js.read_boolean(value)?),
        Shape::Char => {
            let text = js.read_text(value)?;
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => Val::Char(letter),
                _ => return Err(refused("expected one character")),
            }
        }
        Shape::String => Val::String(js.read_text(value)?),
        Shape::S8 => Val::S8(integer(js, value, i8::MIN.into(), i8::MAX.into())? as i8),
        Shape::U8 => Val::U8(integer(js, value, 0.0, u8::MAX.into())? as u8),
        Shape::S16 => Val::S16(integer(js, value, i16::MIN.into(), i16::MAX.into())? as i16),
        Shape::U16 => Val::U16(integer(js, value, 0.0, u16::MAX.into())? as u16),
        Shape::S32 => Val::S32(integer(js, value, i32::MIN.into(), i32::MAX.into())? as i32),
        Shape::U32 => Val::U32(integer(js, value, 0.0, u32::MAX.into())? as u32),
        Shape::S64 => Val::S64(wide(js, value, read_i64)?),
        Shape::U64 => Val::U64(wide(js, value, read_u64)?),
        Shape::F32 => Val::Float32(js.read_number(value)? as f32),
        Shape::F64 => Val::Float64(js.read_number(value)?),
        Shape::List(of) => {
            Val::List((0..js.length(value)?).map(|index| from_js(js, js.at(value, index)?, of)).collect::<Result<_>>()?)
        }
        Shape::Tuple(parts) => Val::Tuple(
            parts
                .iter()
                .enumerate()
                .map(|(index, part)| from_js(js, js.at(value, index)?, part))
                .collect::<Result<_>>()?,
        ),
        Shape::Option(_) if js.is_nullish(value) => Val::Option(None),
        Shape::Option(of) => Val::Option(Some(Box::new(from_js(js, value, of)?))),
        Shape::Record(fields) => {
            let read = fields.iter().map(|field| {
                let found = js.get(value, &field.key).and_then(|found| from_js(js, found, &field.shape));
                let found = found.map_err(|error| refused(format!("{}: {}", field.key, error.reason)))?;
                Ok((field.name.clone(), found))
            });
            Val::Record(read.collect::<Result<_>>()?)
        }
        Shape::Enum(names) => {
            let name = js.read_text(value)?;
            if !names.contains(&name) {
                return Err(refused(format!("expected a case, not \"{name}\"")));
            }
            Val::Enum(name)
        }
        Shape::Variant(cases) => {
            let tag = js.read_text(js.get(value, "tag")?)?;
            let (_, of) = cases
                .iter()
                .find(|case| case.0 == tag)
                .ok_or_else(|| refused(format!("expected a case, not \"{tag}\"")))?;
            Val::Variant(tag, payload(js, value, of.as_ref())?)
        }
        Shape::Result(ok, error) => match js.read_text(js.get(value, "tag")?)?.as_str() {
            "ok" => Val::Result(Ok(payload(js, value, ok.as_deref())?)),
            "err" => Val::Result(Err(payload(js, value, error.as_deref())?)),
            _ => return Err(refused("expected the tag \"ok\" or \"err\"")),
        },
    })
}

fn payload(js: Js, value: Value, shape: Option<&Shape>) -> Result<Option<Box<Val>>> {
    shape.map(|shape| Ok(Box::new(from_js(js, js.get(value, "val")?, shape)?))).transpose()
}

/// A completion: the value, or the case of the error, as the result that the guest takes.
pub fn completion(js: Js, ok: bool, value: Value, shape: &Shape) -> Result<Val> {
    let Shape::Result(good, bad) = shape else { return Err(refused("its completion is no result")) };
    let side = if ok { good } else { bad };
    let read = side.as_deref().map(|shape| from_js(js, value, shape).map(Box::new)).transpose()?;
    Ok(Val::Result(if ok { Ok(read) } else { Err(read) }))
}

macro_rules! numbers {
    ($js:ident, $items:ident, $case:ident, $kind:ident) => {{
        let mut bytes = Vec::with_capacity($items.len() * 8);
        for item in $items {
            if let Val::$case(number) = item {
                bytes.extend_from_slice(&number.to_ne_bytes());
            }
        }
        return $js.typed(sys::TypedarrayType::$kind, &bytes, $items.len());
    }};
}

fn list_to_js(js: Js, items: &[Val], of: &Shape) -> Result<Value> {
    match of {
        Shape::S8 => numbers!(js, items, S8, int8_array),
        Shape::U8 => numbers!(js, items, U8, uint8_array),
        Shape::S16 => numbers!(js, items, S16, int16_array),
        Shape::U16 => numbers!(js, items, U16, uint16_array),
        Shape::S32 => numbers!(js, items, S32, int32_array),
        Shape::U32 => numbers!(js, items, U32, uint32_array),
        Shape::S64 => numbers!(js, items, S64, bigint64_array),
        Shape::U64 => numbers!(js, items, U64, biguint64_array),
        Shape::F32 => numbers!(js, items, Float32, float32_array),
        Shape::F64 => numbers!(js, items, Float64, float64_array),
        _ => sequence(js, items.iter().map(|item| to_js(js, item, of)), items.len()),
    }
}

fn sequence(js: Js, items: impl Iterator<Item = Result<Value>>, length: usize) -> Result<Value> {
    let array = js.empty_array(length);
    for (index, item) in items.enumerate() {
        js.put(array, index, item?);
    }
    Ok(array)
}

/// Makes a value for JavaScript. `val` has the shape: wasmtime has lifted it by the same type.
pub fn to_js(js: Js, val: &Val, shape: &Shape) -> Result<Value> {
    match (val, shape) {
        (Val::Bool(truth), _) => Ok(js.boolean(*truth)),
        (Val::Char(letter), _) => js.text(letter.encode_utf8(&mut [0; 4])),
        (Val::String(text), _) | (Val::Enum(text), _) => js.text(text),
        (Val::S8(number), _) => Ok(js.integer((*number).into())),
        (Val::U8(number), _) => Ok(js.integer((*number).into())),
        (Val::S16(number), _) => Ok(js.integer((*number).into())),
        (Val::U16(number), _) => Ok(js.integer((*number).into())),
        (Val::S32(number), _) => Ok(js.integer(*number)),
        (Val::U32(number), _) => Ok(js.number((*number).into())),
        (Val::S64(number), _) => {
            let mut value = std::ptr::null_mut();
            // SAFETY: as in `Js`.
            unsafe { sys::napi_create_bigint_int64(js.0, *number, &mut value) };
            Ok(value)
        }
        (Val::U64(number), _) => {
            let mut value = std::ptr::null_mut();
            // SAFETY: as in `Js`.
            unsafe { sys::napi_create_bigint_uint64(js.0, *number, &mut value) };
            Ok(value)
        }
        (Val::Float32(number), _) => Ok(js.number((*number).into())),
        (Val::Float64(number), _) => Ok(js.number(*number)),
        (Val::List(items), Shape::List(of)) => list_to_js(js, items, of),
        (Val::Tuple(items), Shape::Tuple(parts)) => {
            sequence(js, items.iter().zip(parts).map(|(item, part)| to_js(js, item, part)), items.len())
        }
        (Val::Record(values), Shape::Record(fields)) => {
            let object = js.object();
            for ((_, value), field) in values.iter().zip(fields) {
                js.set(object, &field.key, to_js(js, value, &field.shape)?)?;
            }
            Ok(object)
        }
        (Val::Option(None), _) => Ok(js.undefined()),
        (Val::Option(Some(value)), Shape::Option(of)) => to_js(js, value, of),
        (Val::Variant(tag, value), Shape::Variant(cases)) => {
            let of = cases.iter().find(|case| case.0 == *tag).and_then(|case| case.1.as_ref());
            tagged(js, tag, value.as_deref(), of)
        }
        (Val::Result(Ok(value)), Shape::Result(of, _)) => tagged(js, "ok", value.as_deref(), of.as_deref()),
        (Val::Result(Err(value)), Shape::Result(_, of)) => tagged(js, "err", value.as_deref(), of.as_deref()),
        _ => Err(refused("the value is not of its type")),
    }
}

fn tagged(js: Js, tag: &str, value: Option<&Val>, shape: Option<&Shape>) -> Result<Value> {
    let object = js.object();
    js.set(object, "tag", js.text(tag)?)?;
    if let (Some(value), Some(shape)) = (value, shape) {
        js.set(object, "val", to_js(js, value, shape)?)?;
    }
    Ok(object)
}

/// About how many bytes a value takes in TypeScript.
pub fn weight(val: &Val) -> usize {
    match val {
        Val::String(text) => 16 + text.len(),
        Val::List(items) | Val::Tuple(items) => 16 + items.iter().map(weight).sum::<usize>(),
        Val::Record(fields) => 16 + fields.iter().map(|(_, value)| weight(value)).sum::<usize>(),
        Val::Variant(_, value) => 16 + value.as_deref().map_or(0, weight),
        Val::Option(Some(value)) => weight(value),
        Val::Result(Ok(value)) | Val::Result(Err(value)) => 16 + value.as_deref().map_or(0, weight),
        _ => 8,
    }
}
