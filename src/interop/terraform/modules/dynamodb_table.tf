# The tables that terraform-aws-modules/dynamodb-table/aws makes of its arguments, without what a
# model has no place for. https://registry.terraform.io/modules/terraform-aws-modules/dynamodb-table/aws

variable "create_table" { default = true }
variable "name" { default = null }
variable "hash_key" { default = null }
variable "range_key" { default = null }
variable "attributes" { default = [] }
variable "billing_mode" { default = "PAY_PER_REQUEST" }
variable "read_capacity" { default = null }
variable "write_capacity" { default = null }
variable "ttl_enabled" { default = false }
variable "ttl_attribute_name" { default = "" }
variable "point_in_time_recovery_enabled" { default = false }
variable "point_in_time_recovery_period_in_days" { default = null }
variable "global_secondary_indexes" { default = [] }
variable "local_secondary_indexes" { default = [] }
variable "replica_regions" { default = [] }
variable "global_table_witness" { default = null }
variable "stream_enabled" { default = false }
variable "stream_view_type" { default = null }
variable "on_demand_throughput" { default = {} }
variable "warm_throughput" { default = {} }
variable "table_class" { default = null }
variable "deletion_protection_enabled" { default = null }
variable "region" { default = null }
variable "server_side_encryption_enabled" { default = false }
variable "resource_policy" { default = null }
variable "import_table" { default = {} }
variable "autoscaling_enabled" { default = false }
variable "autoscaling_defaults" {
  default = {
    scale_in_cooldown  = 0
    scale_out_cooldown = 0
    target_value       = 70
  }
}
variable "autoscaling_read" { default = {} }
variable "autoscaling_write" { default = {} }
variable "autoscaling_indexes" { default = {} }

resource "aws_dynamodb_table" "this" {
  count = var.create_table ? 1 : 0

  name                        = var.name
  billing_mode                = var.billing_mode
  hash_key                    = var.hash_key
  range_key                   = var.range_key
  read_capacity               = var.read_capacity
  write_capacity              = var.write_capacity
  stream_enabled              = var.stream_enabled
  stream_view_type            = var.stream_view_type
  table_class                 = var.table_class
  deletion_protection_enabled = var.deletion_protection_enabled
  region                      = var.region
  attribute                   = var.attributes
  global_secondary_index      = var.global_secondary_indexes
  local_secondary_index       = var.local_secondary_indexes
  replica                     = var.replica_regions

  ttl {
    enabled        = var.ttl_enabled
    attribute_name = var.ttl_attribute_name
  }

  point_in_time_recovery {
    enabled                 = var.point_in_time_recovery_enabled
    recovery_period_in_days = var.point_in_time_recovery_period_in_days
  }

  dynamic "on_demand_throughput" {
    for_each = length(var.on_demand_throughput) > 0 ? [var.on_demand_throughput] : []

    content {
      max_read_request_units  = try(on_demand_throughput.value.max_read_request_units, null)
      max_write_request_units = try(on_demand_throughput.value.max_write_request_units, null)
    }
  }

  dynamic "warm_throughput" {
    for_each = length(var.warm_throughput) > 0 ? [var.warm_throughput] : []

    content {
      read_units_per_second  = try(warm_throughput.value.read_units_per_second, null)
      write_units_per_second = try(warm_throughput.value.write_units_per_second, null)
    }
  }

  dynamic "global_table_witness" {
    for_each = var.global_table_witness != null ? [var.global_table_witness] : []

    content {
      region_name = global_table_witness.value.region_name
    }
  }

  dynamic "server_side_encryption" {
    for_each = var.server_side_encryption_enabled ? [true] : []

    content {
      enabled = true
    }
  }

  dynamic "import_table" {
    for_each = length(var.import_table) > 0 ? [var.import_table] : []

    content {
      input_format = import_table.value.input_format
    }
  }
}

locals {
  scaled = var.create_table && var.autoscaling_enabled

  scaling = {
    for name, given in { Read = var.autoscaling_read, Write = var.autoscaling_write } : name => {
      min    = name == "Read" ? var.read_capacity : var.write_capacity
      max    = try(given.max_capacity, null)
      target = try(given.target_value, var.autoscaling_defaults.target_value)
    } if local.scaled && length(given) > 0
  }

  index_scaling = merge([
    for index, given in local.scaled ? var.autoscaling_indexes : {} : {
      for name in ["Read", "Write"] : "${index}/${name}" => {
        index  = index
        name   = name
        min    = try(given["${lower(name)}_min_capacity"], null)
        max    = try(given["${lower(name)}_max_capacity"], null)
        target = try(given.target_value, var.autoscaling_defaults.target_value)
      }
    }
  ]...)
}

resource "aws_appautoscaling_target" "table" {
  for_each = local.scaling

  max_capacity       = each.value.max
  min_capacity       = each.value.min
  resource_id        = "table/${aws_dynamodb_table.this[0].name}"
  scalable_dimension = "dynamodb:table:${each.key}CapacityUnits"
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "table" {
  for_each = local.scaling

  policy_type        = "TargetTrackingScaling"
  resource_id        = "table/${aws_dynamodb_table.this[0].name}"
  scalable_dimension = "dynamodb:table:${each.key}CapacityUnits"
  service_namespace  = "dynamodb"

  target_tracking_scaling_policy_configuration {
    target_value = each.value.target
  }
}

resource "aws_appautoscaling_target" "index" {
  for_each = local.index_scaling

  max_capacity       = each.value.max
  min_capacity       = each.value.min
  resource_id        = "table/${aws_dynamodb_table.this[0].name}/index/${each.value.index}"
  scalable_dimension = "dynamodb:index:${each.value.name}CapacityUnits"
  service_namespace  = "dynamodb"
}

resource "aws_appautoscaling_policy" "index" {
  for_each = local.index_scaling

  policy_type        = "TargetTrackingScaling"
  resource_id        = "table/${aws_dynamodb_table.this[0].name}/index/${each.value.index}"
  scalable_dimension = "dynamodb:index:${each.value.name}CapacityUnits"
  service_namespace  = "dynamodb"

  target_tracking_scaling_policy_configuration {
    target_value = each.value.target
  }
}

output "dynamodb_table_arn" { value = aws_dynamodb_table.this[0].arn }
output "dynamodb_table_id" { value = aws_dynamodb_table.this[0].id }
output "dynamodb_table_stream_arn" { value = aws_dynamodb_table.this[0].stream_arn }
