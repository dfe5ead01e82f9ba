import Reconciling
import TestSupport

extension ManualTime: TimeSource {}
