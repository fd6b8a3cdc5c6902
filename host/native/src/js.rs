//! Raw Node-API where the wrappers of napi-rs cost more than the call. Every function here runs on the thread of its `env`.
use crate::refused;
use napi::bindgen_prelude::{FromNapiValue, ToNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, sys};
use std::ptr;

/// A value that generated code passes on untouched.
#[derive(Clone, Copy)]
pub struct Raw(pub sys::napi_value);

impl TypeName for Raw {
    fn type_name() -> &'static str {
        "any"
    }
    fn value_type() -> napi::ValueType {
        napi::ValueType::Unknown
    }
}
impl ValidateNapiValue for Raw {}
impl FromNapiValue for Raw {
    unsafe fn from_napi_value(_: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        Ok(Raw(value))
    }
}
impl ToNapiValue for Raw {
    unsafe fn to_napi_value(_: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        Ok(value.0)
    }
}

/// Makes and reads values of one environment.
#[derive(Clone, Copy)]
pub struct Js(pub sys::napi_env);

/// Strings up to this many bytes are read in one call.
const SHORT_TEXT: usize = 512;
/// The longest UTF-8 sequence: with less room than this left, a text may have been cut.
const SEQUENCE_MAX: usize = 4;

fn checked(status: sys::napi_status, wanted: &str) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(refused(format!("expected {wanted}"))) }
}

// SAFETY of every block below: `self.0` is the environment of the call that runs on this thread, handed in by Node, and values belong to its handle scope.
impl Js {
    pub fn undefined(self) -> sys::napi_value {
        let mut value = ptr::null_mut();
        unsafe { sys::napi_get_undefined(self.0, &mut value) };
        value
    }

    pub fn number(self, number: f64) -> sys::napi_value {
        let mut value = ptr::null_mut();
        unsafe { sys::napi_create_double(self.0, number, &mut value) };
        value
    }

    pub fn integer(self, number: i32) -> sys::napi_value {
        let mut value = ptr::null_mut();
        unsafe { sys::napi_create_int32(self.0, number, &mut value) };
        value
    }

    pub fn boolean(self, truth: bool) -> sys::napi_value {
        let mut value = ptr::null_mut();
        unsafe { sys::napi_get_boolean(self.0, truth, &mut value) };
        value
    }

    pub fn text(self, text: &str) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        let length = text.len() as isize;
        let status = unsafe {
            if text.is_ascii() {
                sys::napi_create_string_latin1(self.0, text.as_ptr().cast(), length, &mut value)
            } else {
                sys::napi_create_string_utf8(self.0, text.as_ptr().cast(), length, &mut value)
            }
        };
        checked(status, "a text that JavaScript can hold")?;
        Ok(value)
    }

    pub fn optional_text(self, text: Option<&str>) -> Result<sys::napi_value> {
        text.map_or(Ok(self.undefined()), |text| self.text(text))
    }

    pub fn array(self, items: &[sys::napi_value]) -> sys::napi_value {
        let array = self.empty_array(items.len());
        for (index, item) in items.iter().enumerate() {
            self.put(array, index, *item);
        }
        array
    }

    pub fn empty_array(self, length: usize) -> sys::napi_value {
        let mut array = ptr::null_mut();
        unsafe { sys::napi_create_array_with_length(self.0, length, &mut array) };
        array
    }

    pub fn put(self, array: sys::napi_value, index: usize, item: sys::napi_value) {
        unsafe { sys::napi_set_element(self.0, array, index as u32, item) };
    }

    pub fn object(self) -> sys::napi_value {
        let mut object = ptr::null_mut();
        unsafe { sys::napi_create_object(self.0, &mut object) };
        object
    }

    pub fn set(self, object: sys::napi_value, key: &str, value: sys::napi_value) -> Result<()> {
        checked(unsafe { sys::napi_set_property(self.0, object, self.text(key)?, value) }, "an object")
    }

    pub fn get(self, object: sys::napi_value, key: &str) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        checked(unsafe { sys::napi_get_property(self.0, object, self.text(key)?, &mut value) }, "an object")?;
        Ok(value)
    }

    pub fn at(self, array: sys::napi_value, index: usize) -> Result<sys::napi_value> {
        let mut value = ptr::null_mut();
        checked(unsafe { sys::napi_get_element(self.0, array, index as u32, &mut value) }, "an array")?;
        Ok(value)
    }

    /// Length of an array or a typed array.
    pub fn length(self, array: sys::napi_value) -> Result<usize> {
        let mut length = 0u32;
        if unsafe { sys::napi_get_array_length(self.0, array, &mut length) } == sys::Status::napi_ok {
            return Ok(length as usize);
        }
        Ok(self.typed_array(array)?.1)
    }

    pub fn kind(self, value: sys::napi_value) -> i32 {
        let mut kind = 0;
        unsafe { sys::napi_typeof(self.0, value, &mut kind) };
        kind
    }

    pub fn is_nullish(self, value: sys::napi_value) -> bool {
        let kind = self.kind(value);
        kind == sys::ValueType::napi_undefined || kind == sys::ValueType::napi_null
    }

    pub fn read_number(self, value: sys::napi_value) -> Result<f64> {
        let mut number = 0.0;
        checked(unsafe { sys::napi_get_value_double(self.0, value, &mut number) }, "a number")?;
        Ok(number)
    }

    pub fn read_boolean(self, value: sys::napi_value) -> Result<bool> {
        let mut truth = false;
        checked(unsafe { sys::napi_get_value_bool(self.0, value, &mut truth) }, "a boolean")?;
        Ok(truth)
    }

    pub fn read_text(self, value: sys::napi_value) -> Result<String> {
        let mut short = [0u8; SHORT_TEXT];
        let mut length = 0usize;
        checked(
            unsafe {
                sys::napi_get_value_string_utf8(self.0, value, short.as_mut_ptr().cast(), short.len(), &mut length)
            },
            "a string",
        )?;
        let bytes = if length < SHORT_TEXT - SEQUENCE_MAX {
            short[..length].to_vec()
        } else {
            checked(
                unsafe { sys::napi_get_value_string_utf8(self.0, value, ptr::null_mut(), 0, &mut length) },
                "a string",
            )?;
            let mut long = vec![0u8; length + 1];
            checked(
                unsafe {
                    sys::napi_get_value_string_utf8(self.0, value, long.as_mut_ptr().cast(), long.len(), &mut length)
                },
                "a string",
            )?;
            long.truncate(length);
            long
        };
        // Lone surrogates come as U+FFFD, so that this never fails; it is checked all the same, since a guest is told that it is UTF-8.
        String::from_utf8(bytes).map_err(refused)
    }

    /// Type, elements and bytes of a typed array. The bytes are valid until JavaScript runs again.
    fn typed_array(self, value: sys::napi_value) -> Result<(sys::napi_typedarray_type, usize, *const u8)> {
        let (mut kind, mut length, mut data, mut buffer, mut offset) =
            (0, 0usize, ptr::null_mut(), ptr::null_mut(), 0usize);
        let mut is_typed = false;
        unsafe { sys::napi_is_typedarray(self.0, value, &mut is_typed) };
        if !is_typed {
            return Err(refused("expected an array"));
        }
        let status = unsafe {
            sys::napi_get_typedarray_info(self.0, value, &mut kind, &mut length, &mut data, &mut buffer, &mut offset)
        };
        checked(status, "a typed array")?;
        Ok((kind, length, data.cast()))
    }

    pub fn read_bytes(self, value: sys::napi_value) -> Result<Vec<u8>> {
        let (kind, length, data) = self.typed_array(value)?;
        if kind != sys::TypedarrayType::uint8_array {
            return Err(refused("expected a Uint8Array"));
        }
        if length == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: Node says that `length` bytes lie there, and nothing of JavaScript runs before they are copied.
        Ok(unsafe { std::slice::from_raw_parts(data, length) }.to_vec())
    }

    /// A list of byte sequences; none where there is no array.
    pub fn read_blobs(self, value: sys::napi_value) -> Result<Vec<Vec<u8>>> {
        if self.is_nullish(value) {
            return Ok(Vec::new());
        }
        (0..self.length(value)?).map(|index| self.read_bytes(self.at(value, index)?)).collect()
    }

    pub fn bytes(self, bytes: &[u8]) -> Result<sys::napi_value> {
        self.typed(sys::TypedarrayType::uint8_array, bytes, bytes.len())
    }

    /// A typed array over a copy of these bytes.
    pub fn typed(self, kind: sys::napi_typedarray_type, bytes: &[u8], length: usize) -> Result<sys::napi_value> {
        let (mut data, mut buffer, mut view) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        checked(
            unsafe { sys::napi_create_arraybuffer(self.0, bytes.len(), &mut data, &mut buffer) },
            "memory for bytes",
        )?;
        if !bytes.is_empty() {
            // SAFETY: Node has just allocated so many bytes there.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len()) };
        }
        checked(
            unsafe { sys::napi_create_typedarray(self.0, kind, length, buffer, 0, &mut view) },
            "memory for bytes",
        )?;
        Ok(view)
    }

    pub fn blobs(self, blobs: &[Vec<u8>]) -> Result<sys::napi_value> {
        let views = blobs.iter().map(|blob| self.bytes(blob)).collect::<Result<Vec<_>>>()?;
        Ok(self.array(&views))
    }
}
