# Sets up Microsoft Entra ID for a Gatehouse endpoint.
terraform {
  required_providers {
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azuread" {
  environment = "global"
}

resource "azuread_service_principal" "gatehouse" {
  client_id = "5a4ed000-0000-4000-8000-000000000003"
}

data "azuread_service_principal" "graph" {
  client_id = "00000003-0000-0000-c000-000000000000"
}

resource "azuread_service_principal_delegated_permission_grant" "gatehouse" {
  service_principal_object_id          = azuread_service_principal.gatehouse.object_id
  resource_service_principal_object_id = data.azuread_service_principal.graph.object_id
  claim_values                         = ["openid", "offline_access", "User.Read", "GroupMember.Read.All"]
}

resource "azuread_app_role_assignment" "background_groupmember_read_all" {
  app_role_id         = "98830695-27a2-44f7-8c18-0c3ebc9698f6"
  principal_object_id = azuread_service_principal.gatehouse.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}

resource "azuread_app_role_assignment" "background_user_read_all" {
  app_role_id         = "df021288-bdef-4463-88db-98f22de89214"
  principal_object_id = azuread_service_principal.gatehouse.object_id
  resource_object_id  = data.azuread_service_principal.graph.object_id
}

output "client_id" {
  value = "5a4ed000-0000-4000-8000-000000000003"
}
