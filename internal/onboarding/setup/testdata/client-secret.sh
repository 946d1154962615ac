#!/usr/bin/env bash
# Sets up Microsoft Entra ID for a Gatehouse endpoint with the Azure CLI.
# Sign in first: az login. Running it again finds what is there and completes it.
set -euo pipefail

call() {
  local error attempt
  for attempt in 1 2 3 4 5 6; do
    error=''
    if { error=$(az rest "$@" 2>&1 >&3 3>&-); } 3>&1; then return 0; fi
    case $error in
      *Request_ResourceNotFound*|*HostNameNotOnVerifiedDomain*|*NoBackingApplicationObject*) ;;
      *) break ;;
    esac
    if [ "$attempt" -lt 6 ]; then sleep $((attempt * 5)); fi
  done
  printf '%s\n' "$error" >&2
  case $error in
    *HostNameNotOnVerifiedDomain*)
      printf '%s\n' 'Entra can take minutes to notice that the app asks for version 2 tokens: try again in a few.' 'Or add the endpoint'\''s domain to the directory'\''s custom domain names and verify it.' 'Or have Gatehouse sign people in (brokered mode), where clients send Entra no resource.' >&2 ;;
  esac
  return 1
}

one() {
  case $1 in
    *$'\n'*) printf 'There are several of: %s. Delete all but one and run this again.\n' "$2" >&2; exit 1 ;;
  esac
}

# Register the app. Tokens for the endpoint are issued for this registration. Its tag lets a second run find it.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/applications?$filter=tags/any(t:t%20eq%20'\''gatehouse:https://gatehouse.example/t/acme/mcp'\'')&$select=id,appId' --query 'value[].[id, appId]' -o tsv)
if [ -z "$found" ]; then
  found=$(call --method POST --url 'https://graph.microsoft.com/v1.0/applications' --headers Content-Type=application/json --body '{
  "displayName": "Gatehouse: Acme",
  "signInAudience": "AzureADMyOrg",
  "tags": [
    "gatehouse:https://gatehouse.example/t/acme/mcp"
  ]
}' --query '[[id, appId]]' -o tsv)
fi
one "$found" 'Register the app'
IFS=$'\t' read -r object_id client_id <<<"$found"

# Ask for version 2 tokens. Version 2 tokens name the app by its client ID, and only they allow an https Application ID URI, so this comes before it.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "api": {
    "requestedAccessTokenVersion": 2
  }
}'

# Expose the scope and the app roles. A person's token carries the scope in scp, an application's the role in roles. It comes before the clients that may have it.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "api": {
    "oauth2PermissionScopes": [
      {
        "id": "793806fc-e619-5b46-bbd9-d2feee321c6c",
        "value": "access_as_user",
        "type": "User",
        "isEnabled": true,
        "adminConsentDisplayName": "Use MCP tools as the signed-in user",
        "adminConsentDescription": "Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use.",
        "userConsentDisplayName": "Use MCP tools as the signed-in user",
        "userConsentDescription": "Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use."
      }
    ]
  },
  "appRoles": [
    {
      "id": "3b5fc533-6172-5f15-adcb-c5961dc1615d",
      "value": "Tools.Execute.All",
      "displayName": "Use tools as an application",
      "description": "Lets an application use the MCP tools that are assigned to it, without a signed-in person.",
      "isEnabled": true,
      "allowedMemberTypes": [
        "Application"
      ]
    },
    {
      "id": "552523f4-ad01-5a99-af5f-239df5827f06",
      "value": "Gatehouse.Manage",
      "displayName": "Manage Gatehouse",
      "description": "Lets an application manage this organization in Gatehouse.",
      "isEnabled": true,
      "allowedMemberTypes": [
        "Application"
      ]
    }
  ]
}'

# Put groups and the kind of caller into tokens. Groups decide which tools a person sees; the optional claims tell people from apps and members from guests.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "groupMembershipClaims": "SecurityGroup",
  "optionalClaims": {
    "accessToken": [
      {
        "name": "idtyp",
        "additionalProperties": [
          "include_user_token"
        ]
      },
      {
        "name": "acct"
      },
      {
        "name": "sid"
      },
      {
        "name": "xms_cc"
      },
      {
        "name": "acrs"
      }
    ]
  }
}'

# Add the redirect URIs of the MCP clients. The platform of a URI decides whether a client needs a secret.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "publicClient": {
    "redirectUris": [
      "https://claude.ai/api/mcp/auth_callback",
      "https://claude.com/api/mcp/auth_callback",
      "http://localhost/callback",
      "http://127.0.0.1",
      "http://127.0.0.1:33418",
      "https://vscode.dev/redirect",
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "http://localhost:8787/callback",
      "http://localhost:6274/oauth/callback",
      "http://127.0.0.1:6276/oauth/callback",
      "http://localhost/oauth/callback"
    ]
  },
  "web": {
    "redirectUris": [
      "https://gatehouse.example/t/acme/callback"
    ]
  }
}'

# Declare what the app asks of Microsoft Graph. The admin center shows it, and an administrator agrees to it for everybody.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "requiredResourceAccess": [
    {
      "resourceAppId": "00000003-0000-0000-c000-000000000000",
      "resourceAccess": [
        {
          "id": "37f7f235-527c-4136-accd-4a02d197296e",
          "type": "Scope"
        },
        {
          "id": "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",
          "type": "Scope"
        },
        {
          "id": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
          "type": "Scope"
        },
        {
          "id": "bc024368-1153-4739-b217-4326f2e966d0",
          "type": "Scope"
        }
      ]
    }
  ]
}'

# Set the Application ID URI. Entra compares resource with it character for character (AADSTS9010010).
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "identifierUris": [
    "https://gatehouse.example/t/acme/mcp"
  ]
}'

# Authorize the client applications. Nobody is asked for consent in these. Entra refuses it in one request with the scope.
call --method PATCH --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id" --headers Content-Type=application/json --body '{
  "api": {
    "preAuthorizedApplications": [
      {
        "appId": "aebc6443-996d-45c2-90f0-388ff96faa56",
        "delegatedPermissionIds": [
          "793806fc-e619-5b46-bbd9-d2feee321c6c"
        ]
      },
      {
        "appId": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "delegatedPermissionIds": [
          "793806fc-e619-5b46-bbd9-d2feee321c6c"
        ]
      }
    ]
  }
}'

# Add the service principal. It is the app in this directory: without it nobody can sign in to the endpoint.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20'\'''"$client_id"''\''&$select=id' --query 'value[].[id]' -o tsv)
if [ -z "$found" ]; then
  found=$(call --method POST --url 'https://graph.microsoft.com/v1.0/servicePrincipals' --headers Content-Type=application/json --body '{
  "appId": "'"$client_id"'"
}' --query '[[id]]' -o tsv)
fi
one "$found" 'Add the service principal'
IFS=$'\t' read -r principal_id <<<"$found"

# Find Microsoft Graph. The consent names Microsoft Graph by the id it has in this directory.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20'\''00000003-0000-0000-c000-000000000000'\''&$select=id' --query 'value[].[id]' -o tsv)
if [ -z "$found" ]; then
  printf '%s\n' 'this directory has no service principal of Microsoft Graph; add one with POST servicePrincipals {"appId":"00000003-0000-0000-c000-000000000000"}' >&2
  exit 1
fi
one "$found" 'Find Microsoft Graph'
IFS=$'\t' read -r graph_id <<<"$found"

# Agree for everybody. Gatehouse asks Microsoft Graph on behalf of the signed-in person, for these permissions and no others.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/oauth2PermissionGrants?$filter=clientId%20eq%20'\'''"$principal_id"''\''%20and%20resourceId%20eq%20'\'''"$graph_id"''\''%20and%20consentType%20eq%20'\''AllPrincipals'\''&$select=id,scope' --query 'value[].[id, scope]' -o tsv)
if [ -z "$found" ]; then
  found=$(call --method POST --url 'https://graph.microsoft.com/v1.0/oauth2PermissionGrants' --headers Content-Type=application/json --body '{
  "clientId": "'"$principal_id"'",
  "consentType": "AllPrincipals",
  "resourceId": "'"$graph_id"'",
  "scope": "openid offline_access User.Read GroupMember.Read.All"
}' --query '[[id, scope]]' -o tsv)
else
  one "$found" 'Agree for everybody'
  IFS=$'\t' read -r grant_id granted <<<"$found"
  for word in openid offline_access User.Read GroupMember.Read.All; do
    case " $granted " in *" $word "*) ;; *) granted="$granted $word" ;; esac
  done
  call --method PATCH --url 'https://graph.microsoft.com/v1.0/oauth2PermissionGrants/'"$grant_id" --headers Content-Type=application/json --body '{
  "scope": "'"$granted"'"
}'
fi

# Make a client secret. Gatehouse proves to be the app by it. Entra shows it once; copy it into Gatehouse.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id"'?$select=passwordCredentials' --query 'passwordCredentials[?displayName=='\''gatehouse'\''].[keyId]' -o tsv)
if [ -z "$found" ]; then
  answer=$(call --method POST --url 'https://graph.microsoft.com/v1.0/applications/'"$object_id"'/addPassword' --headers Content-Type=application/json --body '{
  "passwordCredential": {
    "displayName": "gatehouse"
  }
}' --query '[[keyId, secretText]]' -o tsv)
  IFS=$'\t' read -r found secret_text <<<"$answer"
  printf '%s\n' 'Copy this into Gatehouse; it is not shown again:' "$secret_text"
fi
one "$found" 'Make a client secret'
IFS=$'\t' read -r secret_id <<<"$found"

printf '%s\n' 'Done.' "clientId: $client_id" "objectId: $object_id" "principalId: $principal_id"
