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

resource "azuread_application_certificate" "gatehouse" {
  application_id = azuread_application.gatehouse.id
  type = "AsymmetricX509Cert"
  encoding = "pem"
  value = "-----BEGIN CERTIFICATE-----\nMIIDCTCCAfGgAwIBAgIUUct0dGv/dyv9fEsnGBNtwLkWe+MwDQYJKoZIhvcNAQEL\nBQAwFDESMBAGA1UEAwwJZ2F0ZWhvdXNlMB4XDTI2MTEyMTExMzAzM1oXDTM2MTEx\nODExMzAzM1owFDESMBAGA1UEAwwJZ2F0ZWhvdXNlMIIBIjANBgkqhkiG9w0BAQEF\nAAOCAQ8AMIIBCgKCAQEAqfAquxWNF1Lc414eGh6mBsRAh6kv5njxqMSZRgT3gGh1\nwxZXIzSKotvUY17xuAslldWD6P/SOr+KXYx5gqW4h9Q2NBefNFxKSdu7VvFQHilk\ne/OaGXvyVnrYMpiDu82f/8WeE+3fHiP6StLkjNbiRb8pCQmqnSnFx8L/a0ag7ICD\nvRhBIlk/JRgmIMS0oCb8/0yEY2vCIzJu8l5JFDyRAJRhFPHvr3gZExoLj+LG2pbm\nUW9Ikr8i7DBIQvnViuRsTphS9+qZz3UBYFDwR94jtzwt7UvvZ+wEMZAZ84YEq0vi\n3Ad7IrQdzBrOUTP2SdPNaVSE/NMoBj17woUbbhwYDQIDAQABo1MwUTAdBgNVHQ4E\nFgQUs8fWV0jY+bVqgQ6kYkWKGAFLRjcwHwYDVR0jBBgwFoAUs8fWV0jY+bVqgQ6k\nYkWKGAFLRjcwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEASuL1\njWMCrA5J4Nz5PNZ0ZhC3BNPHmsoeOybTM4eeJZx77Pj8fLbKBqSZdXovAT16QS+g\n8SuwiDOQPnIAb7V/Qfn+87tl3wbvD52wzrQg+G9D2mnCUM/MUp/xOEiwLYrLSU1K\nVV4oHn8aHAJ8NMx+32+nAwwBCGrScJpxQGTSAOEGi7YbHgOdbVzPcDCXxSi8KzDm\nlRSANX9BY/EueT2a2v2fW0N+jKufj+NJSAKxfNLM1sGAixSKekZeOYTSAgiEAW2G\n8fRMOGh5evdp+/dCMprV4ylC6sK7wyUwcvErv2867HEzlGAxB0ZBqglRwo1OJWk+\nuvOJMtZL/W2sdfD3Nw==\n-----END CERTIFICATE-----\n"
}

output "client_id" {
  value = azuread_application.gatehouse.client_id
}
