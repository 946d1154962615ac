import { type Theme, teamsHighContrastTheme, webDarkTheme, webLightTheme } from "@fluentui/react-components";
import { useSyncExternalStore } from "react";

export const themeNames = ["system", "light", "dark", "contrast"] as const;
export type ThemeName = (typeof themeNames)[number];

/** The only thing that the console keeps in a browser: one of themeNames. */
const key = "gatehouse.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): ThemeName {
  const text = window.localStorage.getItem(key);
  return themeNames.find((name) => name === text) ?? "system";
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
}

export function chooseTheme(name: ThemeName) {
  window.localStorage.setItem(key, name);
  for (const listener of listeners) listener();
}

export function useThemeName(): ThemeName {
  return useSyncExternalStore(subscribe, chosen);
}

const themes: Record<Exclude<ThemeName, "system">, Theme> = { light: webLightTheme, dark: webDarkTheme, contrast: teamsHighContrastTheme };

/** The theme to draw with. Forced colors of the system are Fluent's own affair. */
export function useTheme(): Theme {
  const name = useSyncExternalStore(subscribe, () => {
    const wanted = chosen();
    if (wanted !== "system") return wanted;
    return dark.matches ? "dark" : "light";
  });
  return themes[name];
}
