#Requires -Modules Microsoft.Graph.Authentication
# Sets up Microsoft Entra ID for a Gatehouse endpoint with Microsoft Graph PowerShell.
# Running it again finds what is there and completes it.
$ErrorActionPreference = 'Stop'
Connect-MgGraph -NoWelcome -Environment Global -Scopes 'Application.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All'

function Call($method, $uri, $body) {
    $request = @{ Method = $method; Uri = $uri; OutputType = 'PSObject' }
    if ($body) { $request.Body = $body; $request.ContentType = 'application/json' }
    for ($attempt = 1; ; $attempt++) {
        try { return Invoke-MgGraphRequest @request }
        catch {
            $problem = "$_ $($_.ErrorDetails.Message)"
            $again = $problem -match 'Request_ResourceNotFound|HostNameNotOnVerifiedDomain|NoBackingApplicationObject'
            if (-not $again -or $attempt -ge 6) {
                if ($problem -match 'HostNameNotOnVerifiedDomain') { 'Entra can take minutes to notice that the app asks for version 2 tokens: try again in a few.', 'Or add the endpoint''s domain to the directory''s custom domain names and verify it.', 'Or have Gatehouse sign people in (brokered mode), where clients send Entra no resource.' | ForEach-Object { Write-Warning $_ } }
                throw
            }
            Start-Sleep -Seconds ($attempt * 5)
        }
    }
}

function One($found, $what) {
    if (@($found).Count -gt 1) { throw "There are several of: $what. Delete all but one and run this again." }
    @($found)[0]
}

# Register the app. Tokens for the endpoint are issued for this registration. Its tag lets a second run find it.
$found = One ((Call 'GET' 'https://graph.microsoft.com/v1.0/applications?$filter=tags/any(t:t%20eq%20''gatehouse:https://gatehouse.example/t/acme/mcp'')&$select=id,appId').value | Where-Object { $_ }) 'Register the app'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' 'https://graph.microsoft.com/v1.0/applications' '{
  "displayName": "Gatehouse: Acme",
  "signInAudience": "AzureADMyOrg",
  "tags": [
    "gatehouse:https://gatehouse.example/t/acme/mcp"
  ]
}' }
$objectId = $found.id
$clientId = $found.appId

# Ask for version 2 tokens. Version 2 tokens name the app by its client ID, and only they allow an https Application ID URI, so this comes before it.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
  "api": {
    "requestedAccessTokenVersion": 2
  }
}' | Out-Null

# Expose the scope and the app roles. A person's token carries the scope in scp, an application's the role in roles. It comes before the clients that may have it.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
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
}' | Out-Null

# Put groups and the kind of caller into tokens. Groups decide which tools a person sees; the optional claims tell people from apps and members from guests.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
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
}' | Out-Null

# Add the redirect URIs of the MCP clients. The platform of a URI decides whether a client needs a secret.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
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
}' | Out-Null

# Declare what the app asks of Microsoft Graph. The admin center shows it, and an administrator agrees to it for everybody.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
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
        },
        {
          "id": "98830695-27a2-44f7-8c18-0c3ebc9698f6",
          "type": "Role"
        },
        {
          "id": "df021288-bdef-4463-88db-98f22de89214",
          "type": "Role"
        }
      ]
    }
  ]
}' | Out-Null

# Set the Application ID URI. Entra compares resource with it character for character (AADSTS9010010).
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
  "identifierUris": [
    "https://gatehouse.example/t/acme/mcp"
  ]
}' | Out-Null

# Authorize the client applications. Nobody is asked for consent in these. Entra refuses it in one request with the scope.
Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId) '{
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
}' | Out-Null

# Add the service principal. It is the app in this directory: without it nobody can sign in to the endpoint.
$found = One ((Call 'GET' ('https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20''' + $clientId + '''&$select=id')).value | Where-Object { $_ }) 'Add the service principal'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' 'https://graph.microsoft.com/v1.0/servicePrincipals' ('{
  "appId": "' + $clientId + '"
}') }
$principalId = $found.id

# Find Microsoft Graph. The consent names Microsoft Graph by the id it has in this directory.
$found = One ((Call 'GET' 'https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20''00000003-0000-0000-c000-000000000000''&$select=id').value | Where-Object { $_ }) 'Find Microsoft Graph'
$there = [bool]$found
if (-not $there) { throw 'this directory has no service principal of Microsoft Graph; add one with POST servicePrincipals {"appId":"00000003-0000-0000-c000-000000000000"}' }
$graphId = $found.id

# Agree for everybody. Gatehouse asks Microsoft Graph on behalf of the signed-in person, for these permissions and no others.
$found = One ((Call 'GET' ('https://graph.microsoft.com/v1.0/oauth2PermissionGrants?$filter=clientId%20eq%20''' + $principalId + '''%20and%20resourceId%20eq%20''' + $graphId + '''%20and%20consentType%20eq%20''AllPrincipals''&$select=id,scope')).value | Where-Object { $_ }) 'Agree for everybody'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' 'https://graph.microsoft.com/v1.0/oauth2PermissionGrants' ('{
  "clientId": "' + $principalId + '",
  "consentType": "AllPrincipals",
  "resourceId": "' + $graphId + '",
  "scope": "openid offline_access User.Read GroupMember.Read.All"
}') }
$grantId = $found.id
$granted = $found.scope
if ($there) {
    $granted = (@($granted -split ' ') + 'openid', 'offline_access', 'User.Read', 'GroupMember.Read.All' | Where-Object { $_ } | Select-Object -Unique) -join ' '
    Call 'PATCH' ('https://graph.microsoft.com/v1.0/oauth2PermissionGrants/' + $grantId) ('{
  "scope": "' + $granted + '"
}') | Out-Null
}

# Grant GroupMember.Read.All to the app itself. Gatehouse asks as the app in which of your groups people are, and which of them have changed.
$found = One ((Call 'GET' ('https://graph.microsoft.com/v1.0/servicePrincipals/' + $principalId + '/appRoleAssignments')).value | Where-Object { $_.appRoleId -ceq '98830695-27a2-44f7-8c18-0c3ebc9698f6' }) 'Grant GroupMember.Read.All to the app itself'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' ('https://graph.microsoft.com/v1.0/servicePrincipals/' + $principalId + '/appRoleAssignments') ('{
  "principalId": "' + $principalId + '",
  "resourceId": "' + $graphId + '",
  "appRoleId": "98830695-27a2-44f7-8c18-0c3ebc9698f6"
}') }
$assignmentId = $found.id

# Grant User.Read.All to the app itself. Gatehouse asks as the app whether people may sign in, since when their sessions count, and who was disabled or deleted.
$found = One ((Call 'GET' ('https://graph.microsoft.com/v1.0/servicePrincipals/' + $principalId + '/appRoleAssignments')).value | Where-Object { $_.appRoleId -ceq 'df021288-bdef-4463-88db-98f22de89214' }) 'Grant User.Read.All to the app itself'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' ('https://graph.microsoft.com/v1.0/servicePrincipals/' + $principalId + '/appRoleAssignments') ('{
  "principalId": "' + $principalId + '",
  "resourceId": "' + $graphId + '",
  "appRoleId": "df021288-bdef-4463-88db-98f22de89214"
}') }
$assignmentId = $found.id

# Trust Gatehouse as issuer. Gatehouse proves to be the app by assertions it signs; there is no secret to keep or renew.
$all = (Call 'GET' ('https://graph.microsoft.com/v1.0/applications/' + $objectId + '/federatedIdentityCredentials?$select=id,issuer,subject')).value
$found = $all | Where-Object { $_.subject -ceq 'org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002' }
if (-not $found) { $found = $all | Where-Object { $_.issuer -ceq 'https://gatehouse.example/federation' } }
$found = One $found 'Trust Gatehouse as issuer'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' ('https://graph.microsoft.com/v1.0/applications/' + $objectId + '/federatedIdentityCredentials') '{
  "name": "gatehouse",
  "issuer": "https://gatehouse.example/federation",
  "subject": "org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002",
  "audiences": [
    "api://AzureADTokenExchange"
  ]
}' }
$federatedId = $found.id
if ($there) {
    Call 'PATCH' ('https://graph.microsoft.com/v1.0/applications/' + $objectId + '/federatedIdentityCredentials/' + $federatedId) '{
  "issuer": "https://gatehouse.example/federation",
  "subject": "org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002",
  "audiences": [
    "api://AzureADTokenExchange"
  ]
}' | Out-Null
}

Write-Output 'Done.' "clientId: $clientId" "objectId: $objectId" "principalId: $principalId"
