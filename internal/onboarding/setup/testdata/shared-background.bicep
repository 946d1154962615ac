// Sets up Microsoft Entra ID for a Gatehouse endpoint.
// bicepconfig.json needs the extension:
//   { "extensions": { "microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0" } }
extension microsoftGraphV1

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: '5a4ed000-0000-4000-8000-000000000003'
}

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource consent 'Microsoft.Graph/oauth2PermissionGrants@v1.0' = {
  clientId: principal.id
  consentType: 'AllPrincipals'
  resourceId: graph.id
  scope: 'openid offline_access User.Read GroupMember.Read.All'
}

resource backgroundGroupMemberReadAll 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  principalId: principal.id
  resourceId: graph.id
  appRoleId: '98830695-27a2-44f7-8c18-0c3ebc9698f6'
}

resource backgroundUserReadAll 'Microsoft.Graph/appRoleAssignedTo@v1.0' = {
  principalId: principal.id
  resourceId: graph.id
  appRoleId: 'df021288-bdef-4463-88db-98f22de89214'
}

output clientId string = '5a4ed000-0000-4000-8000-000000000003'
output tenantId string = tenant().tenantId
