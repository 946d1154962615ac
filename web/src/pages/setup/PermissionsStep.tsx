import { useState } from "react";
import { type AskedPermission, type Model, useConnect } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Act } from "./Act";
import { Choice } from "./Choice";
import { PermissionTable } from "./PermissionTable";

const said = setup.permissions;

interface Props {
  org: string;
  permissions: AskedPermission[];
  open: boolean;
  onOwn: () => void; // an app of their own has to be registered first
  onNext: () => void;
}

/** Everything that is asked for, before anything can be granted; and the choice of the app. */
export function PermissionsStep({ org, permissions, open, onOwn, onNext }: Props) {
  const [model, setModel] = useState<Model>("own");
  const connect = useConnect(org);
  const use = () => {
    if (model === "own") onOwn();
    else connect.mutate({ model }, { onSuccess: onNext });
  };
  return (
    <>
      <PermissionTable permissions={permissions} />
      {open && (
        <>
          <Choice
            label={said.choose}
            value={model}
            onChange={setModel}
            options={[
              { value: "own", name: said.own, text: said.ownText },
              { value: "shared", name: said.shared, text: said.sharedText },
            ]}
          />
          <Act action={said.action} busy={connect.isPending} error={connect.error} onAct={use} />
        </>
      )}
    </>
  );
}
