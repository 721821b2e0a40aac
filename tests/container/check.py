#!/usr/bin/env python3
"""Runs the images of tests/container/run as compose.yaml says, with what kubernetes.yaml says beside it, and looks at what an
operator relies on. Each gets namespaces, a root that cannot be written to, no capability and no new privileges.

  tests/container/check.py BUNDLES EXAMPLES
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import yaml

BUNDLES, EXAMPLES = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
T = pathlib.Path(tempfile.mkdtemp(prefix="sessiond."))
passed = failed = 0


def check(promise, good, said=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s\n    %s" % (promise, str(said).strip()[-2000:]))


def said_by(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    return done.returncode, done.stdout + done.stderr


def eventually(happens):
    for _ in range(300):
        if happens():
            return True
        time.sleep(0.1)
    return False


class Container:
    """One of compose.yaml's services, from the image of this name."""

    def __init__(self, name, service, volumes):
        self.name = name
        image = json.loads((BUNDLES / (name + ".json")).read_text())["OCIv1"]["config"]
        self.user, self.group = (int(number) for number in image["User"].split(":"))
        environment = image["Env"] + ["%s=%s" % each for each in service.get("environment", {}).items()]
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"]
        self.groups = service.get("group_add", [])
        root = str((BUNDLES / name).resolve())
        steps = ["set -e", "mount --make-rprivate /", "mount --bind %s %s" % (root, root), "mount -t proc proc %s/proc" % root,
                 "mount --rbind /dev %s/dev" % root, "mount --bind %s %s/etc/hosts" % (T / "hosts", root)]
        for path in service.get("tmpfs", []):
            steps.append("mount -t tmpfs -o mode=1777 tmpfs %s%s" % (root, path))
        for volume in service["volumes"]:
            source, path, *read_only = volume.split(":")
            steps += ["mkdir -p %s%s" % (root, path), "mount --bind %s %s%s" % (volumes[source], root, path)]
            if read_only:
                steps.append("mount -o remount,ro,bind %s%s" % (root, path))
        steps += ["mount -o remount,ro,bind %s" % root, 'exec chroot %s "$@"' % root]
        self.environment = environment
        command = self.as_user("%d:%d" % (self.user, self.group), self.groups) + image["Entrypoint"]
        self.log = T / (name + ".log")
        with open(self.log, "w", encoding="utf-8") as log:
            os.fchmod(log.fileno(), 0o666)
            self.process = subprocess.Popen(["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child",
                                             "sh", "-c", "; ".join(steps), "-", *command], stdout=log, stderr=log)
        eventually(lambda: said_by("pgrep", "-P", str(self.process.pid))[1])
        self.first = int(said_by("pgrep", "-P", str(self.process.pid))[1].split()[0])

    def as_user(self, user, groups):
        """What runs a command with the container's environment as this user, who can gain no privilege."""
        uid, gid = user.split(":")
        return ["setpriv", "--reuid", uid, "--regid", gid, *(["--groups", ",".join(groups)] if groups else ["--clear-groups"]),
                "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "env", "-i", *self.environment]

    def run(self, *command, user=None):
        as_user = self.as_user(user, []) if user else self.as_user("%d:%d" % (self.user, self.group), self.groups)
        return said_by("nsenter", "--target", str(self.first), "--mount", "--pid", "--root", "--wd=/", *as_user, *command)

    def says(self, text):
        return eventually(lambda: text in self.log.read_text())

    def stop(self, number):
        os.kill(self.first, number)
        return self.process.wait(30)


def main():
    compose = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    deployment, service = yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    of_pod = {each["name"]: each for each in pod["containers"]}
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    (T / "hosts").write_text("127.0.0.1 localhost redis\n")
    (T / "sockets").mkdir()
    # A new volume has the rights that its folder has in the image.
    there = (BUNDLES / "sessiond").resolve() / "run/sessiond"
    os.chown(T / "sockets", there.stat().st_uid, there.stat().st_gid)
    os.chmod(T, 0o755)
    redis = subprocess.Popen([*compose["redis"]["command"], "--dir", str(T)], stdout=subprocess.DEVNULL)
    worker = Container("sessiond", compose["sessiond"], {"sockets": T / "sockets"})
    nginx = Container("nginx", compose["nginx"], {"sockets": T / "sockets"})
    try:
        look(compose, of_pod, pod, deployment, service, worker, nginx)
        check("the worker ends at SIGTERM, with 0", worker.stop(signal.SIGTERM) == 0, worker.log.read_text())
        check("nginx ends at the image's signal, with 0", nginx.stop(signal.SIGQUIT) == 0, nginx.log.read_text())
    finally:
        for process in (worker.process, nginx.process, redis):
            process.kill()
    print("%d passed, %d failed" % (passed, failed))
    return failed == 0


def look(compose, of_pod, pod, deployment, service, worker, nginx):
    check("neither image is root's", worker.user == worker.group == 990 and nginx.user == nginx.group == 33)
    check("the worker serves", worker.says("serving with"), worker.log.read_text())
    for place, command in (("compose.yaml's health", compose["sessiond"]["healthcheck"]["test"][1:]),
                           ("kubernetes.yaml's liveness", of_pod["sessiond"]["livenessProbe"]["exec"]["command"]),
                           ("kubernetes.yaml's readiness", of_pod["sessiond"]["readinessProbe"]["exec"]["command"])):
        check(place + " probe succeeds", eventually(lambda: worker.run(*command)[0] == 0), worker.run(*command)[1])
    check("the log is on standard output, as text with times", worker.log.read_text().startswith("20"), worker.log.read_text())

    def ask(path, *more):
        return said_by("curl", "-sS", "-o", str(T / "body"), "-w", "%{http_code}", *more, "http://127.0.0.1:8080" + path)[1]
    check("nginx answers for it", eventually(lambda: ask("/readyz") == "200"), ask("/readyz") + nginx.log.read_text())
    check("and has the page", ask("/settings/sessions/") == "200", ask("/settings/sessions/"))
    status, token = worker.run("sessiond", "mint", "alice")
    token = next((word for word in token.split() if word.startswith("ses_")), token)
    check("a command runs in the container", status == 0 and token.startswith("ses_"), token)
    check("the session that it minted is known through nginx", ask("/api/v1/u/me", "-H", "Authorization: Bearer " + token) == "200",
          (T / "body").read_text())
    check("without one nobody is", ask("/api/v1/u/me") == "401")

    def connects(container, socket, user=None):
        return container.run("curl", "-sS", "--unix-socket", "/run/sessiond/%s.sock" % socket, "http://sessiond/healthz", user=user)[0] == 0
    check("nginx's group may ask the check", connects(worker, "check", "33:33"))
    check("and cannot mint", not connects(worker, "internal", "33:33"))
    check("the group of login services can", connects(worker, "internal", "12345:990"))
    check("nobody else may ask", not connects(worker, "check", "12345:12345"))
    for container, path in ((worker, "/x"), (worker, "/tmp/x"), (worker, "/var/tmp/x"), (nginx, "/x"), (nginx, "/etc/nginx/x"), (nginx, "/run/sessiond/x")):
        check("%s cannot write %s" % (container.name, path), container.run("sh", "-c", "echo > " + path)[0] != 0)
    check("the worker has no capability", "CapEff:\t0000000000000000" in worker.run("grep", "CapEff", "/proc/1/status")[1])

    # What kubernetes.yaml says beside that.
    environment = {each["name"]: each["value"] for each in of_pod["sessiond"]["env"]}
    good = worker.run("env", *("%s=%s" % each for each in environment.items()), "sessiond", "--check-config")
    check("kubernetes.yaml's environment is a good configuration", good[0] == 0, good[1])
    check("its pod is not root's", pod["securityContext"]["runAsNonRoot"] and all(
        each["securityContext"] == {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        for each in of_pod.values()))
    check("it gives the worker the group that it names", int(environment["SESSIOND_LISTEN_GROUP"]) in pod["securityContext"]["supplementalGroups"])
    version = worker.run("sessiond", "--version")[1].split()[1]
    check("its images are of this version", all(each["image"].endswith(":" + version) for each in of_pod.values()))
    check("its volumes are there", {each["name"] for each in pod["volumes"]} >= {
        mount["name"] for each in of_pod.values() for mount in each["volumeMounts"]})
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    check("its Service finds the pods", labels == deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"])
    check("and nginx's port", service["spec"]["ports"][0]["targetPort"] in [port["name"] for port in of_pod["nginx"]["ports"]])


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
