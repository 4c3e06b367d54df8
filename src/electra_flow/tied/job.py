"""Windows: what a process starts ends with it, however it ends, by a job object of the system."""

from __future__ import annotations

import ctypes
import sys

KILL_ON_CLOSE = 0x2000
EXTENDED_LIMITS = 9


class _Basic(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time", ctypes.c_longlong),
        ("per_job_user_time", ctypes.c_longlong),
        ("flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("io", ctypes.c_ulonglong * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def end_children_with_me() -> None:
    """From now on whatever this process starts ends with it; nothing on other systems.

    The job ends its processes when its last handle is closed, which the system does for the dead.
    """
    if sys.platform != "win32":
        return
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.SetInformationJobObject.argtypes = [
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_uint32,
    ]
    kernel.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    job = kernel.CreateJobObjectW(None, None)
    limits = _Extended()
    limits.basic.flags = KILL_ON_CLOSE
    size = ctypes.sizeof(limits)
    kernel.SetInformationJobObject(job, EXTENDED_LIMITS, ctypes.byref(limits), size)
    kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess())
