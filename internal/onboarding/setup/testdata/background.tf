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

resource "azuread_application" "gatehouse" {
  group_membership_claims = ["SecurityGroup"]
  display_name = "Gatehouse: Acme"
  sign_in_audience = "AzureADMyOrg"
  tags = ["gatehouse:https://gatehouse.example/t/acme/mcp"]

  api {
    requested_access_token_version = 2

    oauth2_permission_scope {
      id = "793806fc-e619-5b46-bbd9-d2feee321c6c"
      value = "access_as_user"
      type = "User"
      enabled = true
      admin_consent_display_name = "Use MCP tools as the signed-in user"
      admin_consent_description = "Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use."
      user_consent_display_name = "Use MCP tools as the signed-in user"
      user_consent_description = "Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use."
    }
  }

  app_role {
    id = "3b5fc533-6172-5f15-adcb-c5961dc1615d"
    value = "Tools.Execute.All"
    display_name = "Use tools as an application"
    description = "Lets an application use the MCP tools that are assigned to it, without a signed-in person."
    enabled = true
    allowed_member_types = ["Application"]
  }

  app_role {
    id = "552523f4-ad01-5a99-af5f-239df5827f06"
    value = "Gatehouse.Manage"
    display_name = "Manage Gatehouse"
    description = "Lets an application manage this organization in Gatehouse."
    enabled = true
    allowed_member_types = ["Application"]
  }

  optional_claims {

    access_token {
      name = "idtyp"
      additional_properties = ["include_user_token"]
    }

    access_token {
      name = "acct"
    }

    access_token {
      name = "sid"
    }

    access_token {
      name = "xms_cc"
    }

    access_token {
      name = "acrs"
    }
  }

  public_client {
    redirect_uris = ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback", "http://localhost/callback", "http://127.0.0.1", "http://127.0.0.1:33418", "https://vscode.dev/redirect", "cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "http://localhost:6274/oauth/callback", "http://127.0.0.1:6276/oauth/callback", "http://localhost/oauth/callback"]
  }

  web {
    redirect_uris = ["https://gatehouse.example/t/acme/callback"]
  }

  required_resource_access {
    resource_app_id = "00000003-0000-0000-c000-000000000000"

    resource_access {
      id = "37f7f235-527c-4136-accd-4a02d197296e"
      type = "Scope"
    }

    resource_access {
      id = "7427e0e9-2fba-42fe-b0c0-848c9e6a8182"
      type = "Scope"
    }

    resource_access {
      id = "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
      type = "Scope"
    }

    resource_access {
      id = "bc024368-1153-4739-b217-4326f2e966d0"
      type = "Scope"
    }

    resource_access {
      id = "98830695-27a2-44f7-8c18-0c3ebc9698f6"
      type = "Role"
    }

    resource_access {
      id = "df021288-bdef-4463-88db-98f22de89214"
      type = "Role"
    }
  }

  lifecycle {
    ignore_changes = [identifier_uris]
  }
}

resource "azuread_application_identifier_uri" "endpoint" {
  application_id = azuread_application.gatehouse.id
  identifier_uri = "https://gatehouse.example/t/acme/mcp"
}

resource "azuread_application_pre_authorized" "client_1" {
  application_id = azuread_application.gatehouse.id
  authorized_client_id = "aebc6443-996d-45c2-90f0-388ff96faa56"
  permission_ids = ["793806fc-e619-5b46-bbd9-d2feee321c6c"]
}

resource "azuread_application_pre_authorized" "client_2" {
  application_id = azuread_application.gatehouse.id
  authorized_client_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
  permission_ids = ["793806fc-e619-5b46-bbd9-d2feee321c6c"]
}

resource "azuread_service_principal" "gatehouse" {
  client_id = azuread_application.gatehouse.client_id
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

resource "azuread_application_federated_identity_credential" "gatehouse" {
  application_id = azuread_application.gatehouse.id
  display_name = "gatehouse"
  issuer = "https://gatehouse.example/federation"
  subject = "org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002"
  audiences = ["api://AzureADTokenExchange"]
}

output "client_id" {
  value = azuread_application.gatehouse.client_id
}
