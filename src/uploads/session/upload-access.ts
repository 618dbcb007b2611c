import { Injectable } from '@nestjs/common';
import { canChange, type Principal } from '../../auth/index.js';
import type { Upload, UploadProtocol } from '../entities/upload.entity.js';
import { sessionErrors } from './session.errors.js';
import { UploadRepository } from './upload.repository.js';

/** Whose upload it is: to everybody else it is not there. */
@Injectable()
export class UploadAccess {
  constructor(private readonly repository: UploadRepository) {}

  /** For those who hold it already. @throws UPLOAD_NOT_FOUND when it is gone */
  async find(id: string): Promise<Upload> {
    const upload = await this.repository.find(id);
    if (!upload) throw sessionErrors.UPLOAD_NOT_FOUND();
    return upload;
  }

  /** @throws UPLOAD_NOT_FOUND also for one of another protocol */
  async owned(principal: Principal, id: string, protocol: UploadProtocol): Promise<Upload> {
    const upload = await this.ownedIfAny(principal, id, protocol);
    if (!upload) throw sessionErrors.UPLOAD_NOT_FOUND();
    return upload;
  }

  async ownedIfAny(principal: Principal, id: string, protocol: UploadProtocol): Promise<Upload | null> {
    const upload = await this.repository.find(id);
    return upload?.protocol === protocol && canChange(principal, upload) ? upload : null;
  }
}
