#Requires -Modules Microsoft.Graph.Authentication
# Sets up Microsoft Entra ID for a Gatehouse endpoint with Microsoft Graph PowerShell.
# Running it again finds what is there and completes it.
$ErrorActionPreference = 'Stop'
Connect-MgGraph -NoWelcome -Environment Global -Scopes 'Application.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All'

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

# Add the service principal. It is the app in this directory: without it nobody can sign in to the endpoint.
$found = One ((Call 'GET' 'https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20''5a4ed000-0000-4000-8000-000000000003''&$select=id').value | Where-Object { $_ }) 'Add the service principal'
$there = [bool]$found
if (-not $there) { $found = Call 'POST' 'https://graph.microsoft.com/v1.0/servicePrincipals' '{
  "appId": "5a4ed000-0000-4000-8000-000000000003"
}' }
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

Write-Output 'Done.' "principalId: $principalId"
