// Sets up Microsoft Entra ID for a Gatehouse endpoint.
// bicepconfig.json needs the extension:
//   { "extensions": { "microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0" } }
extension microsoftGraphV1

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'gatehouse-0105920b-f4d4-59b2-a114-470d3998d012'
  displayName: 'Gatehouse: Acme'
  signInAudience: 'AzureADMyOrg'
  tags: [
    'gatehouse:https://gatehouse.example/t/acme/mcp'
  ]
  api: {
    requestedAccessTokenVersion: 2
    oauth2PermissionScopes: [
      {
        id: '793806fc-e619-5b46-bbd9-d2feee321c6c'
        value: 'access_as_user'
        type: 'User'
        isEnabled: true
        adminConsentDisplayName: 'Use MCP tools as the signed-in user'
        adminConsentDescription: 'Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use.'
        userConsentDisplayName: 'Use MCP tools as the signed-in user'
        userConsentDescription: 'Lets an AI client use the MCP tools of Gatehouse that the signed-in person may use.'
      }
    ]
    preAuthorizedApplications: [
      {
        appId: 'aebc6443-996d-45c2-90f0-388ff96faa56'
        delegatedPermissionIds: [
          '793806fc-e619-5b46-bbd9-d2feee321c6c'
        ]
      }
      {
        appId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
        delegatedPermissionIds: [
          '793806fc-e619-5b46-bbd9-d2feee321c6c'
        ]
      }
    ]
  }
  appRoles: [
    {
      id: '3b5fc533-6172-5f15-adcb-c5961dc1615d'
      value: 'Tools.Execute.All'
      displayName: 'Use tools as an application'
      description: 'Lets an application use the MCP tools that are assigned to it, without a signed-in person.'
      isEnabled: true
      allowedMemberTypes: [
        'Application'
      ]
    }
    {
      id: '552523f4-ad01-5a99-af5f-239df5827f06'
      value: 'Gatehouse.Manage'
      displayName: 'Manage Gatehouse'
      description: 'Lets an application manage this organization in Gatehouse.'
      isEnabled: true
      allowedMemberTypes: [
        'Application'
      ]
    }
  ]
  groupMembershipClaims: 'SecurityGroup'
  optionalClaims: {
    accessToken: [
      {
        name: 'idtyp'
        additionalProperties: [
          'include_user_token'
        ]
      }
      {
        name: 'acct'
      }
      {
        name: 'sid'
      }
      {
        name: 'xms_cc'
      }
      {
        name: 'acrs'
      }
    ]
  }
  publicClient: {
    redirectUris: [
      'https://claude.ai/api/mcp/auth_callback'
      'https://claude.com/api/mcp/auth_callback'
      'http://localhost/callback'
      'http://127.0.0.1'
      'http://127.0.0.1:33418'
      'https://vscode.dev/redirect'
      'cursor://anysphere.cursor-mcp/oauth/callback'
      'http://localhost:8787/callback'
      'http://localhost:6274/oauth/callback'
      'http://127.0.0.1:6276/oauth/callback'
      'http://localhost/oauth/callback'
    ]
  }
  web: {
    redirectUris: [
      'https://gatehouse.example/t/acme/callback'
    ]
  }
  requiredResourceAccess: [
    {
      resourceAppId: '00000003-0000-0000-c000-000000000000'
      resourceAccess: [
        {
          id: '37f7f235-527c-4136-accd-4a02d197296e'
          type: 'Scope'
        }
        {
          id: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182'
          type: 'Scope'
        }
        {
          id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d'
          type: 'Scope'
        }
        {
          id: 'bc024368-1153-4739-b217-4326f2e966d0'
          type: 'Scope'
        }
        {
          id: '98830695-27a2-44f7-8c18-0c3ebc9698f6'
          type: 'Role'
        }
        {
          id: 'df021288-bdef-4463-88db-98f22de89214'
          type: 'Role'
        }
      ]
    }
  ]
  identifierUris: [
    'https://gatehouse.example/t/acme/mcp'
  ]
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
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

resource federation 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = {
  name: '${app.uniqueName}/gatehouse'
  issuer: 'https://gatehouse.example/federation'
  subject: 'org:0b1d5b5e-0000-4000-8000-000000000001:0b1d5b5e-0000-4000-8000-000000000002'
  audiences: [
    'api://AzureADTokenExchange'
  ]
}

output clientId string = app.appId
output tenantId string = tenant().tenantId
