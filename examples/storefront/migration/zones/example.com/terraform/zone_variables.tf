variable "zone_id" {
  type        = string
  description = "Identifier of the zone."
}
