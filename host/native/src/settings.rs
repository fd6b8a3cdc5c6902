//! Settings of an engine, and wasmtime's configuration that they come to.
use crate::code::{CodeSettings, code_config};
use napi_derive::napi;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

/// The pool of instances; counts and bytes.
#[napi(object)]
pub struct PoolSettings {
    pub instances: u32,
    pub core_instances_per_component: u32,
    pub tables_per_component: u32,
    pub tables: u32,
    pub table_elements: u32,
    pub memory_bytes_max: f64,
    pub memory_keep_resident_bytes: f64,
    pub table_keep_resident_bytes: f64,
    pub warm_slots: u32,
    pub decommit_batch: u32,
}

/// Settings of an engine; `profiles.ts` has the values and their reasons.
#[napi(object)]
pub struct EngineSettings {
    pub code: CodeSettings,
    /// None: each instance is allocated on demand.
    pub pool: Option<PoolSettings>,
    pub workers: u32,
}

/// The configuration of an engine.
pub fn config(settings: &EngineSettings) -> Config {
    let mut config = code_config(&settings.code);
    if let Some(pool) = &settings.pool {
        let mut allocation = PoolingAllocationConfig::default();
        let instances = pool.instances;
        allocation
            .total_component_instances(instances)
            .total_core_instances(instances.saturating_mul(pool.core_instances_per_component))
            .total_memories(instances)
            .total_tables(pool.tables)
            // A store that waits keeps its fibre's stack.
            .total_stacks(instances)
            .max_core_instances_per_component(u32::MAX)
            .max_memories_per_component(u32::MAX)
            .max_tables_per_component(pool.tables_per_component)
            .max_tables_per_module(pool.tables_per_component)
            .max_component_instance_size(1 << 20)
            .max_core_instance_size(1 << 20)
            .table_elements(pool.table_elements as usize)
            .max_memory_size(pool.memory_bytes_max as usize)
            .linear_memory_keep_resident(pool.memory_keep_resident_bytes as usize)
            .table_keep_resident(pool.table_keep_resident_bytes as usize)
            .max_unused_warm_slots(pool.warm_slots)
            .decommit_batch_size(pool.decommit_batch as usize)
            .pagemap_scan(Enabled::Auto);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(allocation));
    }
    config
}
