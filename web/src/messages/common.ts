// Every text of the console stands in this folder, in American English and in the
// words of the Entra admin center; what one page says has a file of its own, which
// is loaded with it. Texts that the management API gives are shown as they are.

/** A number with its noun. */
export const count = (n: number, one: string, many: string) => `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;

export const messages = {
  product: "Gatehouse",
  skip: "Skip to content",
  loading: "Loading",
  retry: "Try again",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  name: "Name",
  edit: "Edit",
  remove: "Remove",
  clashTitle: "Somebody else changed this meanwhile",
  clash: "What you typed is kept. Save again to replace their change with yours, or cancel to see what it is now.",
  typeToConfirm: (word: string) => `To confirm, type ${word}`,
  copy: "Copy",
  copied: "Copied",
  showAll: "Load more",
  nobody: "Unknown",
  guest: "Guest",

  header: {
    openNavigation: "Open navigation",
    closeNavigation: "Close navigation",
    organization: (name: string) => `Organization: ${name}. Switch organization`,
    organizations: "Organizations",
    otherOrganization: "Another organization…",
    otherTitle: "Sign in to another organization",
    otherText: "You are signed in to one directory at a time. Where you are a guest, sign in to that organization's directory.",
    otherLabel: "The organization's name in URLs",
    otherHint: "As in /t/contoso/mcp: lower-case letters, digits and hyphens.",
    otherGo: "Sign in there",
    person: (name: string) => `Account of ${name}`,
    ownPage: "My AI apps and tools",
    signOut: "Sign out",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" },
  },

  roles: { owner: "Owner", admin: "Admin", auditor: "Auditor", viewer: "Viewer" },

  navigation: {
    label: "Main",
    overview: "Overview",
    tools: "Tools",
    toolList: "All tools",
    sources: "Sources",
    people: "People and AI apps",
    connections: "Connections",
    access: "Access",
    toolRoles: "Tool roles",
    matrix: "Roles and tools",
    assignments: "Assignments",
    maximum: "Maximum permissions",
    explorer: "Access explorer",
    audit: "Audit",
    auditLog: "Audit log",
    auditExports: "Exports",
    auditVerify: "Verify a file",
    auditAccess: "Access report",
    auditEvidence: "Evidence and retention",
    apps: "AI apps",
    settings: "Settings",
    elsewhere: "Elsewhere",
    setup: "Set-up",
    connect: "How to connect an AI app",
    api: "Management API",
  },

  support: "You look at this organization as an operator of the platform, for reading. Each of your requests is in its log.",
  states: {
    pending: "This organization waits for an operator of the platform to admit it. Its endpoint does not serve yet.",
    onboarding: "This organization is being set up. Its endpoint does not serve yet.",
    suspended: "This organization is suspended: everybody is refused at its endpoint.",
    deleted: "This organization was deleted. An owner can restore it within thirty days.",
  },
  continueSetup: "What is left to do",

  noRole: {
    title: "You have no role in this organization",
    text: "You may use tools, as far as tool roles give you some. An owner can grant you a role here.",
    action: "My AI apps and tools",
  },

  failure: {
    reference: "Reference",
    signIn: "Sign in again",
    home: "Your page",
    signedOut: "Your session has ended",
    offlineTitle: "The server cannot be reached",
    offline: "Check the connection of this device, and try again.",
    odd: "Something between this browser and the server answered in its place.",
    crashedTitle: "This page does not work",
    crashed: "The console made a mistake. Load the page again; if it happens again, tell whoever runs the platform what you did.",
    lostTitle: "There is no such page",
    lost: "The address may be misspelled, or what was here is gone.",
  },
} as const;
