//! A loaded component: its imports linked to the recorder by its own types, its exports checked once.
use crate::call::State;
use crate::shape::Shape;
use crate::turn::{begin_shape, resume_shape};
use napi_derive::napi;
use std::sync::Arc;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, LinkerInstance, Val};
use wasmtime::{Engine, Module};

/// What a host function does. `HostFunction` in TypeScript has the same.
#[napi(object)]
#[derive(Clone)]
pub struct HostFunction {
    /// As `kv`.
    pub interface: String,
    /// As `get`.
    pub name: String,
    /// `start`: starts an operation; `log`, `abandon`, `abandon-stream`: has no completion.
    pub kind: String,
}

/// An operation that a component can start: types of its arguments and of its completion.
pub struct Operation {
    pub params: Vec<Shape>,
    pub result: Shape,
}

/// A component that is ready to be called.
pub struct Tool {
    pub pre: InstancePre<State>,
    pub begin: ComponentExportIndex,
    pub resume: ComponentExportIndex,
    /// By the number of the host function; none where the component does not import it.
    pub operations: Vec<Option<Operation>>,
    /// Names of the instances that it imports, sorted.
    pub imports: Vec<String>,
    /// Whether instantiation runs code of the guest.
    pub has_start: bool,
}

const TOOL: &str = "aria:host/tool@0.1.0";
const INTERFACE_PREFIX: &str = "aria:host/";
const INTERFACE_SUFFIX: &str = "@0.1.0";
const TAKES: &str = "complete-";

impl Tool {
    pub fn new(
        engine: &Engine,
        component: &Component,
        shared: Option<&Module>,
        functions: &Arc<Vec<HostFunction>>,
        has_start: bool,
    ) -> wasmtime::Result<Tool> {
        let mut linker = Linker::<State>::new(engine);
        let mut imports = Vec::new();
        let mut links = Links { functions, found: functions.iter().map(|_| (None, None)).collect() };
        for (name, item) in component.component_type().imports(engine) {
            match item.ty {
                ComponentItem::Module(_) => {
                    let module = shared
                        .ok_or_else(|| wasmtime::format_err!("it imports a core module, and there is none for it"))?;
                    linker.root().module(name, module)?;
                }
                ComponentItem::ComponentInstance(instance) => {
                    let interface =
                        name.strip_prefix(INTERFACE_PREFIX).and_then(|rest| rest.strip_suffix(INTERFACE_SUFFIX));
                    let interface = interface.ok_or_else(|| {
                        wasmtime::format_err!("it imports \"{name}\", which is no interface of aria:host")
                    })?;
                    links.interface(engine, interface, &instance, &mut linker.instance(name)?)?;
                    imports.push(name.to_string());
                }
                _ => wasmtime::bail!("it imports \"{name}\", which is no instance"),
            }
        }
        let (_, tool) =
            component.get_export(None, TOOL).ok_or_else(|| wasmtime::format_err!("it does not export \"{TOOL}\""))?;
        let export = |name: &str, (params, result): (Vec<Shape>, Shape)| {
            let found = component
                .get_export(Some(&tool), name)
                .ok_or_else(|| wasmtime::format_err!("its tool has no function \"{name}\""))?;
            let ComponentItem::ComponentFunc(function) = found.0 else {
                wasmtime::bail!("\"{name}\" of its tool is no function")
            };
            if params_of(&function)? != params || results_of(&function)? != [result] {
                wasmtime::bail!("\"{name}\" of its tool is of another type");
            }
            Ok(found.1)
        };
        let (begin, resume) = (export("begin", begin_shape())?, export("resume", resume_shape())?);
        let operations = links.operations()?;
        imports.sort();
        Ok(Tool { pre: linker.instantiate_pre(component)?, begin, resume, operations, imports, has_start })
    }
}

fn params_of(function: &ComponentFunc) -> wasmtime::Result<Vec<Shape>> {
    function.params().map(|(_, found)| Shape::of(&found)).collect()
}

fn results_of(function: &ComponentFunc) -> wasmtime::Result<Vec<Shape>> {
    function.results().map(|found| Shape::of(&found)).collect()
}

/// What has been linked so far: for each host function the types of its arguments and of its completion.
struct Links<'a> {
    functions: &'a Arc<Vec<HostFunction>>,
    found: Vec<(Option<Vec<Shape>>, Option<Shape>)>,
}

impl Links<'_> {
    fn operations(self) -> wasmtime::Result<Vec<Option<Operation>>> {
        let both = |(params, result): (Option<Vec<Shape>>, Option<Shape>)| match (params, result) {
            (Some(params), Some(result)) => Some(Operation { params, result }),
            // One that is started and never taken has no type to complete it with; one that is only taken never has a completion.
            (Some(params), None) => Some(Operation { params, result: Shape::Result(None, None) }),
            _ => None,
        };
        Ok(self.found.into_iter().map(both).collect())
    }

    fn interface(
        &mut self,
        engine: &Engine,
        interface: &str,
        instance: &ComponentInstance,
        linker: &mut LinkerInstance<'_, State>,
    ) -> wasmtime::Result<()> {
        for (name, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(function) => self.function(interface, name, &function, linker)?,
                ComponentItem::Type(_) => {}
                _ => wasmtime::bail!("it imports \"{name}\" of {interface}, which is no function"),
            }
        }
        Ok(())
    }

    fn number(&self, interface: &str, name: &str) -> Option<usize> {
        self.functions.iter().position(|found| found.interface == interface && found.name == name)
    }

    fn function(
        &mut self,
        interface: &str,
        name: &str,
        function: &ComponentFunc,
        linker: &mut LinkerInstance<'_, State>,
    ) -> wasmtime::Result<()> {
        let (params, results) = (params_of(function)?, results_of(function)?);
        let other = || wasmtime::format_err!("it imports {interface}.{name} with another type");
        if let Some(number) = self.number(interface, name) {
            return match self.functions[number].kind.as_str() {
                "start" if results == [Shape::S32] => {
                    self.found[number].0 = Some(params);
                    start(linker, name, number as u16)
                }
                "log"
                    if matches!(&params[..], [Shape::Enum(_), Shape::String, Shape::Option(fields)] if **fields == Shape::String)
                        && results.is_empty() =>
                {
                    log(linker, name)
                }
                "abandon" if params == [Shape::S32] && results.is_empty() => self.abandon(linker, interface, name),
                "abandon-stream" if params == [Shape::S32] && results.is_empty() => {
                    self.abandon_stream(linker, interface, name)
                }
                _ => Err(other()),
            };
        }
        let taken = name.strip_prefix(TAKES).and_then(|started| self.number(interface, started));
        let Some(number) = taken else {
            wasmtime::bail!("it imports {interface}.{name}, which is no function of aria:host")
        };
        match <[Shape; 1]>::try_from(results) {
            Ok([result @ Shape::Result(..)]) if params == [Shape::S32] => {
                self.found[number].1 = Some(result);
                complete(linker, name, number as u16)
            }
            _ => Err(other()),
        }
    }

    /// `timer.clear` gives up `timer.sleep`, `net.abort` gives up `net.fetch`: the operations of the same interface.
    fn abandon(&self, linker: &mut LinkerInstance<'_, State>, interface: &str, name: &str) -> wasmtime::Result<()> {
        let (functions, interface) = (self.functions.clone(), interface.to_string());
        linker.func_new(name, move |mut cx, _, params, _| {
            if let Val::S32(id) = params[0] {
                cx.data_mut()
                    .host_called()
                    .abandon(id, |operation| functions[operation as usize].interface == interface);
            }
            Ok(())
        })
    }

    fn abandon_stream(
        &self,
        linker: &mut LinkerInstance<'_, State>,
        interface: &str,
        name: &str,
    ) -> wasmtime::Result<()> {
        let read = self.number(interface, "read-stream");
        linker.func_new(name, move |mut cx, _, params, _| {
            if let Val::S32(stream) = params[0] {
                cx.data_mut().host_called().abandon_reads(stream, |operation| Some(operation as usize) == read);
            }
            Ok(())
        })
    }
}

fn start(linker: &mut LinkerInstance<'_, State>, name: &str, number: u16) -> wasmtime::Result<()> {
    linker.func_new(name, move |mut cx, _, params, results| {
        results[0] = Val::S32(cx.data_mut().host_called().start(number, params)?);
        Ok(())
    })
}

fn complete(linker: &mut LinkerInstance<'_, State>, name: &str, number: u16) -> wasmtime::Result<()> {
    linker.func_new(name, move |mut cx, _, params, results| {
        if let Val::S32(id) = params[0] {
            results[0] = cx.data_mut().host_called().complete(number, id)?;
        }
        Ok(())
    })
}

fn log(linker: &mut LinkerInstance<'_, State>, name: &str) -> wasmtime::Result<()> {
    linker.func_new(name, |mut cx, _, params, _| {
        if let [Val::Enum(level), Val::String(message), Val::Option(fields)] = params {
            let fields = match fields.as_deref() {
                Some(Val::String(fields)) => Some(fields.clone()),
                _ => None,
            };
            cx.data_mut().host_called().log(level.clone(), message.clone(), fields);
        }
        Ok(())
    })
}
