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

# Add the service principal. It is the app in this directory: without it nobody can sign in to the endpoint.
found=$(call --method GET --url 'https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId%20eq%20'\''5a4ed000-0000-4000-8000-000000000003'\''&$select=id' --query 'value[].[id]' -o tsv)
if [ -z "$found" ]; then
  found=$(call --method POST --url 'https://graph.microsoft.com/v1.0/servicePrincipals' --headers Content-Type=application/json --body '{
  "appId": "5a4ed000-0000-4000-8000-000000000003"
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

printf '%s\n' 'Done.' "principalId: $principal_id"
